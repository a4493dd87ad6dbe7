"""ComfyUI's protocol, as each account sees it: only its own jobs, files and settings."""
