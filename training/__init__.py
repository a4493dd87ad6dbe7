"""Trains the small diffusion model of the embedded engine: `python -m training --help`."""
