"""The pages of this room, one module for each place that people go to."""
