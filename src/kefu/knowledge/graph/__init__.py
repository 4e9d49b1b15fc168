"""The knowledge graph: read from chunks in a process of its own, searched as part of a snapshot."""
