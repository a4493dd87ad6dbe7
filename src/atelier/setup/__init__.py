"""Setting up a service in seven steps, from an empty machine to a report with the evidence."""
