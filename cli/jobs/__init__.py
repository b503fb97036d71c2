"""Work of the platform that ends: processes that the supervisor starts once."""
