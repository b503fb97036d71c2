"""The event log: one port, an adapter per engine."""
