"""Instruments: taken over from files, run by crews, locked, out of service and back."""
