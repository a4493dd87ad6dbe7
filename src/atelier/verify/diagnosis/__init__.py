"""From failed claims to the likely cause, in plain words."""
