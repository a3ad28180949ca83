"""Tests of the pages: who may open what, what they say, how many queries they take, and how they stand in a
real browser.
"""
