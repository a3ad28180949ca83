"""Pages of the evaluation room, each noun in a module of its own."""
