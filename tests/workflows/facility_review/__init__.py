"""The yearly review of facilities."""
