"""Services of the world outside, small and real: they listen on this machine, speak the protocol and remember
what they were told.
"""
