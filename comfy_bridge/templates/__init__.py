"""Workflows in ComfyUI's API format, and the named places where a job's values go."""
