"""From the observations of one hour of one shard to its figures: pure, and the same in whatever order they came."""
