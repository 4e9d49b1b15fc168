"""Tools through the one gate: whoever asks, a write is checked, previewed, confirmed later, and done once."""
