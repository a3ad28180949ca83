"""The yearly review of an agreement about hosting: both sides say whether they go on as it is."""
