"""What people look for and at, told of as events, without ever delaying or failing their requests."""
