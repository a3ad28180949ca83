"""Frames into rows: what the door believes, what it refuses, what a crash in between leaves."""
