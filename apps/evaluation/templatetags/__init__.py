"""Filters of the evaluation room's templates."""
