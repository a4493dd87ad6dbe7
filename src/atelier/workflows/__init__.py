"""Builds ComfyUI workflows as data, without I/O."""
