"""Onboarding: an asset of the library becomes a shared instrument; its record is completed, its prices are
judged, its controller is seen to test itself, the office confirms, and it is open at the level wished.
"""
