"""Large files: sending, checking, handing out."""
