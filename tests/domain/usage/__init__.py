"""Sessions of use: grants, what devices report about them, and the records that follow."""
