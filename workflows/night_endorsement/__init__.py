"""Night and holiday use: the user asks, the principal investigator, the head of the lab and the safety
officer say yes, and the endorsement is in force until the semester ends at the latest.
"""
