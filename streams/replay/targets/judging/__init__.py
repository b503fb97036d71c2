"""What replaying moderation needs beside its agent."""
