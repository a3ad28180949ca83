"""The demonstration school, as a newcomer's first command makes it."""
