"""The end of an agreement about hosting: the notice runs, then the instrument goes back by an inventory."""
