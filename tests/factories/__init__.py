"""Makers of single nouns for tests. Whatever has a life (certificates, bookings, sessions) is made by its
operations.
"""
