"""Samples: taken or not, offered and agreed to, received and tested, checked, released, objected to,
given back.
"""
