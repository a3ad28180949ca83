"""The kernel without a database."""
