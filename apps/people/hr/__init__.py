"""The personnel file (HR file): read, compared with the register, looked at, confirmed by a person of the
office. A file never revokes anything: for each account whose person it no longer has, its confirmation tells
the fact that begins a deregistration.
"""
