"""Serves one engine: claims jobs under a lease, runs them, hands in the outputs."""
