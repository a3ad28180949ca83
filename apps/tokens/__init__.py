"""Tokens with which a person's own programs act for them, and how a request to the API says who it is."""
