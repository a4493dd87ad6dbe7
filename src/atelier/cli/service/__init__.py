"""Commands that administer the service: over its API, or on its database while it is stopped."""
