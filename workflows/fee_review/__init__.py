"""Fee review: prices of instruments judged by a committee, noticed in public, in force by date."""
