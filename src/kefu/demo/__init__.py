"""The demo: a shop and a securities firm of our own invention."""
