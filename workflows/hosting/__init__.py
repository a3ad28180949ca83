"""Hosting: an owner offers an instrument, the host inspects it, terms are agreed, judged, signed and
countersigned, and it is handed over. What happens while the agreement runs are short processes of their own.
"""
