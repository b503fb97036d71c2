"""Traffic that never was: seeded, realistic, and marked as simulated in every event."""
