"""The pages that cross apps, one file a page. Each parses, asks and renders; nothing is decided here."""
