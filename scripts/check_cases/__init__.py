"""The workflows that a real ComfyUI is asked about, good and broken: the corpus behind the check."""
