"""`atelier workflow`: the library, and everything that can be done with a workflow file."""
