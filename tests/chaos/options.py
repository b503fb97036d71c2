"""How long and how wild: set them in the environment, as in `make chaos HERO_CHAOS_SECONDS=3600 HERO_CHAOS_SEED=7`."""

from __future__ import annotations

import os

USUAL_SEED, USUAL_S = 644, 90.0
"""Of the first two thousand seeds the one that strikes most often, everybody in every way, in so short a time."""
SEED = int(os.environ.get("HERO_CHAOS_SEED", USUAL_SEED))
SECONDS = float(os.environ.get("HERO_CHAOS_SECONDS", USUAL_S))
"""The planned length of the schedule. What runs is fixed by seed and seconds, not by how fast the machine is."""
PAUSE_S = (0.1, float(os.environ.get("HERO_CHAOS_PAUSE_S", "5")))
"""Least and most between two faults."""
FAULTS = tuple(os.environ.get("HERO_CHAOS_FAULTS", "kill,freeze,clock,disk").split(","))
