"""The node classes that the engine knows, one concept a module."""
