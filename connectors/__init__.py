"""What stands between the database and the log: the embedded stand-in for Kafka Connect."""
