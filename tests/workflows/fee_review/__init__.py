"""Fee reviews: prices judged by a committee."""
