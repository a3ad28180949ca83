"""The outcomes of ``samples.acceptance``."""

ACCEPT, ASK, REFUSE, SPECIAL = "accept", "ask", "refuse", "special"
