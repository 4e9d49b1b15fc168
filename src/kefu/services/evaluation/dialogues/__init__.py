"""Dialogues as files: what a customer says, and what has to come of it."""
