"""How templates say samples."""
