"""The engine behind ComfyUI's HTTP and WebSocket protocol."""
