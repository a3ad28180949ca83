"""Notices: what people are told, in their own words, once, by the ways they chose."""
