"""What is kept of people: pseudonyms under a key that is destroyed, and texts with personal data masked."""
