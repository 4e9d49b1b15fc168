"""Folds over what turns have left: why they did what they did, and whether two recordings are the same."""
