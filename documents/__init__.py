"""Typed context in, numbered and sealed file out: certificates, prints of cases, later notices and
statements. The room freezes what a document says, gives it its number, renders it with its own fonts,
keeps the file by its SHA-256 and answers the public question whether a paper is genuine and counts
today. It never reads another room's tables: whoever issues a document hands over all its words, and
whoever knows whether it still counts registers in `documents.checks`.
"""
