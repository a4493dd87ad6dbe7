"""ComfyUI's own nodes as typed classes, written by scripts/generate_nodes.py."""
