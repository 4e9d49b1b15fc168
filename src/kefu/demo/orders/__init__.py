"""The demo shop's orders, as a plugin: what flows and tools look like when they work."""
