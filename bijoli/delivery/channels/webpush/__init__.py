"""Web Push: encryption (RFC 8291), the sender's proof (RFC 8292), transport (RFC 8030), and which hosts we may call."""
