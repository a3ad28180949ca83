"""Hosting (托管): an instrument stays its owner's and is run by another facility, under terms that both
sides have agreed to, signed, and that run as rows pushed down to bookings, fees and billing.
"""
