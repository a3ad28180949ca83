"""The school library: a mirror of the asset register, the lists drawn from it, how complete its data are."""
