"""What the sheets say in one way everywhere."""
