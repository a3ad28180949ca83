"""What happens to bookings and samples, told to people's own programs: signed, tried again, with a log of
each attempt.
"""
