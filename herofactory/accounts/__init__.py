"""Who somebody is: signing keys and access tokens."""
