"""The nouns. One Django app per noun; imports run down the ladder in docs/architecture.md."""
