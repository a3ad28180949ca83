"""How the pages of training say what their queries found."""
