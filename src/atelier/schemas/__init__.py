"""The documents that travel: ComfyUI's messages and frames, findings about workflows."""
