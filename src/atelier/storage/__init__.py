"""Keeps accounts, jobs and files: named SQL behind one contract, and the content-addressed artifacts."""
