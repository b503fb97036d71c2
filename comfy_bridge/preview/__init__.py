"""Pictures without a GPU: the sketch's regions shaded as materials that the words name."""

from __future__ import annotations

from comfy_bridge.preview.renderer import PreviewRenderer

__all__ = ["PreviewRenderer"]
