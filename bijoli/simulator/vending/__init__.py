"""The simulated head-end's vending side: its own calculation of a recharge, its own books, and the protocol of docs/head-end.md."""
