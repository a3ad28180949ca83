"""Passkeys: signing in with one, and the pages about them."""
