"""A person's standing towards an instrument at a moment, as facts with their sources. Shared by booking and
the gate; writes nothing.
"""
