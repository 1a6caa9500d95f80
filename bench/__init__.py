"""What is measured, side by side in one run: ours, a peer, the limit. `make bench` writes build/bench.json."""
