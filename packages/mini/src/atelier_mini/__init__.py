"""The weights of Atelier's larger embedded model, as data."""
