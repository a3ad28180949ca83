"""Registration: somebody without an account is screened by rule, sponsored or checked, and becomes a user;
and every year the registration is confirmed again.
"""
