"""The school library: its register, its lists, how complete the records of instruments are."""
