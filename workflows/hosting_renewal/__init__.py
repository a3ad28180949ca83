"""Other terms, or a longer time, for an agreement about hosting that runs."""
