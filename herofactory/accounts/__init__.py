"""Who somebody is: signing keys, access tokens, and logins with their refresh tokens."""
