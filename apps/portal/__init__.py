"""Pages that cross apps: home, search, live wall, decision page."""
