"""How templates say what a token is for."""
