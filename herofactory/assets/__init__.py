"""Images: checked, re-encoded, stored under the hash of their bytes."""
