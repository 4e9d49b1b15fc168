"""The one way out: whatever kefu fetches from an address that somebody named (decision 11)."""
