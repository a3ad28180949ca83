"""Pages of the library: its assets, its lists, the register in the office, data quality."""
