"""Fee standard versions with their items and tiers, and the pure pricing of one use."""
