"""Reports on what was used."""
