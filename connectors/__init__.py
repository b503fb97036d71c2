"""What stands between the database, or the access log, and the event log: embedded, or as Debezium's configuration."""
