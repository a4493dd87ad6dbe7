"""`atelier verify` and `atelier diagnose`: prove what a server does, and say why it does not."""
