"""Procedures written in YAML, evaluated again from the top each turn over slots and a journal."""
