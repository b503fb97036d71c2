"""One file per agent: a function from an event to events, or to an effect that repeating does not change."""
