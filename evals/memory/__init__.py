"""What of a long dialogue a model still sees."""
