"""Hosting: an instrument stays its owner's and is run by another facility."""
