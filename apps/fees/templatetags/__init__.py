"""Template tags of the fees."""
