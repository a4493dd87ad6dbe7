"""Programs that run inside a container, by themselves and with nothing but Python."""
