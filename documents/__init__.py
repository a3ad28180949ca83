"""Typed context in, sealed file out."""
