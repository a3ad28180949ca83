"""Committees and their seats, the panels that they form for one case, rounds of blind votes, and the
counting.

It knows nothing of what is voted on: a question is content with a digest, an option is a key. Used by fees,
and by whatever else is judged by a panel.
"""
