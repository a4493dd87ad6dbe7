"""Commands for the store of secrets and its copies."""
