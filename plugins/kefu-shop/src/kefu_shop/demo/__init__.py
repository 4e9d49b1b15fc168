"""The demo shop: our own catalogue, people and orders."""
