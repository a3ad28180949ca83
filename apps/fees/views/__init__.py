"""The pages of who proposes fees: their proposals, the editor of a sheet, its files and its Excel form, the
application not to open. Each view asks one operation.
"""
