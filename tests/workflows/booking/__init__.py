"""Bookings that somebody is asked about."""
