"""Programs for those who work on Atelier; none of them is installed."""
