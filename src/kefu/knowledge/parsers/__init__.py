"""One file a format: bytes to documents."""
