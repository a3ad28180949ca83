"""Instruments, facilities, crews, locks, outages, incidents and work orders."""
