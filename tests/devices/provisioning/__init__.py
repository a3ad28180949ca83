"""Enrolment, new keys, taking out of service, as operations and as commands."""
