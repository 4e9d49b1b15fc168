"""What a turn was given from outside, written down so that the same turn can be played again (docs/guide/explaining.md)."""
