"""What every domain stands on: settings, clock, events, log, database, delivery, telemetry."""
