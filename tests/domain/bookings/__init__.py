"""Bookings: who gets which slot, why not, and never two at once."""
