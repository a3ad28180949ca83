"""The editor's grid: what somebody types into the cells of a fee sheet, as text, and what it means. Pure: it
knows no rows of the database, no clock and no request.

A sheet is a few tables (items with their cost sheets, itemised consumables, evidence, references) and some
single fields. `columns` says what there is, `typed` holds the texts as they were typed, `reading` turns them
into a sheet and says which cells cannot be read, `acts` are what the buttons of the page do to the rows,
`drawing` is what a template draws, with each finding at its cell, `merging` brings two versions together.
"""
