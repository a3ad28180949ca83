"""Users, groups, cards and rights: what each operation grants, refuses and tells."""
