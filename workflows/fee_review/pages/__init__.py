"""The pages of fee reviews that are no step: the committee's list, the dossier with the vote, the secretary's
board, the public notices.
"""
