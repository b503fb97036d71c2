"""What the servers of the Kafka stack must hold before the platform can run on them."""
