"""The embedded engine: runs a known set of ComfyUI nodes on the CPU behind ComfyUI's own protocol."""
