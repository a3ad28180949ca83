"""Certificates, clearances, endorsements and guided sessions."""
