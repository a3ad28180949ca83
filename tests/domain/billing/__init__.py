"""Charges: one for each record, at the price in force when the use began."""
