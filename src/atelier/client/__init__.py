"""Speaks ComfyUI's protocol from Python: to ComfyUI, to the gateway, to the embedded engine."""
