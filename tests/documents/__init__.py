"""The documents room: what is frozen, what is printed, what is kept, and who sees it."""
