"""From a sketch and words to something a game can use: prompts, jobs, pictures."""
