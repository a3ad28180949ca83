"""Rule sets in force and decisions on record."""
