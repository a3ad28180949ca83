"""The appointment of a committee."""
