"""Atelier: the door, the queue and the proof around ComfyUI.

Importing this package does nothing. Each room is imported by its own name, and
`docs/explanation/architecture.md` says which room may see which.
"""

__version__ = "0.1.0"
