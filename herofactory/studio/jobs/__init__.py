"""Jobs: what was asked for, the queue, what became of it."""
