"""Measures speed and size. Never part of the tests: figures depend on the machine."""
