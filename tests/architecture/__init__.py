"""The shape of the repository as tests: which way imports and relations run, what is pinned, what must
never be committed.
"""
