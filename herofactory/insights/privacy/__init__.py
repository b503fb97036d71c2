"""What is kept of people: pseudonyms under a key that is destroyed, addresses cut short, personal data masked."""
