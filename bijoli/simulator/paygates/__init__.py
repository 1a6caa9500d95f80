"""Payment gateways on this machine: their real protocols on loopback, pretend money, misbehaviour on demand. For the demo and the tests."""
