"""`atelier models`: list, fetch, check and link the files of model sets."""
