"""English-Korean game glossary: names for icons, synonyms for search, words for prompt translation.

The data (`data/*.tsv`) is the asset; the code only reads it and puts words together.
"""

from __future__ import annotations

from herofactory.glossary.entries import Entry, GlossaryError, Role
from herofactory.glossary.glossary import Glossary, Pair
from herofactory.glossary.naming import IconName

__all__ = ["Entry", "Glossary", "GlossaryError", "IconName", "Pair", "Role"]
