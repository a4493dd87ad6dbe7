"""`atelier deploy`: deployments of containers."""
