"""Training: from a request by way of session, exam, supervised hours and assessment to a certificate; and
what becomes of a certificate after an incident.
"""
