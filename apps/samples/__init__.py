"""Samples that others test for you: what is handed in, who holds it now, what it costs, what came out."""
