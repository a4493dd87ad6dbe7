"""Proves what a server does, from outside: one check for each claim, with its evidence."""
