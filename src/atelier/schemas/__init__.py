"""The documents that travel: ComfyUI's frames, and notices."""
