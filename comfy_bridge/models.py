"""Names of models: every server has its own folders, separators and spellings."""

from __future__ import annotations

import re

MODEL_INPUTS = frozenset({"ckpt_name", "lora_name", "control_net_name", "vae_name", "upscale_model_name"})
"""Inputs whose value is the name of a model's file."""
_FOLDERS = re.compile(r"[\\/]")
_EXTENSION = re.compile(r"\.(safetensors|ckpt|pth?|bin|sft|gguf)$", re.IGNORECASE)


def base_name(name: str) -> str:
    """Without folder and extension."""
    return _EXTENSION.sub("", _FOLDERS.split(name)[-1])


def same(one: str, other: str) -> bool:
    """By base name; case and punctuation do not count."""
    return _key(one) == _key(other)


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", base_name(name).casefold())
