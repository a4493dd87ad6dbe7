"""Deployments: directories of containers that are rendered, started, watched, backed up and updated."""
