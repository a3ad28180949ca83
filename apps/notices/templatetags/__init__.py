"""Tags of the pages of notices."""
