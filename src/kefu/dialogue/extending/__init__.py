"""What plugins add to a turn beside flows and tools: values of their own types, marks, guards. Each call is cut off."""
