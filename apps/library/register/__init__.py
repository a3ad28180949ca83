"""The asset register: files of it read, compared with the mirror, looked at and confirmed by a person of the
office, then taken over all at once. Nothing of a file counts before that.
"""
