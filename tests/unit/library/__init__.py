"""The pure parts of the library."""
