"""The pure parts of panels: counting votes, proposing members."""
