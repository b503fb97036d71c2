"""Replays: planned, run beside the live system, compared, swapped in, rolled back."""
