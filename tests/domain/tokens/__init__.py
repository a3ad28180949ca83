"""Tests of API tokens: who makes them, what they open, how they end."""
