"""`make run`: the whole demo school on one machine under one supervising process. It starts, watches and
ends the children and tells where they are; it decides nothing about instruments and holds no state that a
restart would miss.

children.py knows processes and no product; plan.py knows which processes make a Clearbench; __main__.py
is the order of events.
"""
