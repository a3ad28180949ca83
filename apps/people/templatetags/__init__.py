"""How pages of this room say things."""
