"""A booking that somebody is asked about: principal investigator, manager, head of the lab, as the rule
`booking.route` said when it was made.
"""
