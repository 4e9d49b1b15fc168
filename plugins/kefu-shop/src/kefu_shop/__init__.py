"""The shop's assistant: a plugin of kefu on a shop's own system. It imports ``kefu.plugins`` and nothing else of kefu."""
