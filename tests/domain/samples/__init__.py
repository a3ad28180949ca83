"""Samples: handed in, offered a price, received, tested, given back."""
