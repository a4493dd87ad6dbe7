"""The one store of a deployment's secrets, and every copy that is written from it."""
