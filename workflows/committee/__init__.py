"""Appointing a committee: the office proposes members, terms, chair and secretary, each of them accepts or
not, the head of the office approves, and the seats are in force by date, with an official paper.
"""
