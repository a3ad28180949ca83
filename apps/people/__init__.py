"""People and where they belong: users, organisation tree, research groups, cards, dated authorisations."""
