"""Deregistration: what hangs on a person is listed, handed over, and then everything ends at once; and
suspension with reinstatement, which is the same without an end.
"""
