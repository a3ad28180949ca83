"""The pricing of one use, against plain counting."""
