"""The gate: facts gathered, decision asked and recorded, session granted, running sessions re-evaluated.
gate.py is all that devices may ask.
"""
