"""Training without a database: the arithmetic."""
