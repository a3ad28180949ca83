"""A person's standing towards an instrument, as facts with their sources."""
