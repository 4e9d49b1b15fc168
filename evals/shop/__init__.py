"""The shop plugin against the retail environment of τ-bench (shared data ``tau-bench-retail``, MIT)."""
