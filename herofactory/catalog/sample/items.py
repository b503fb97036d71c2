"""Lines of the sample's import file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from herofactory.catalog.sample.package import NAME, Icon
from herofactory.catalog.sample.price import price_of
from herofactory.glossary import Glossary, IconName

LICENCE = "CC BY 3.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/3.0/"
#: Of the licence's "indicate if changes were made".
CHANGES = "색, 크기, 배경 카드, 한국어 이름 (recoloured, scaled, set on a card, named in Korean)"


@dataclass(frozen=True, slots=True)
class Origin:
    version: str
    author: str


@dataclass(frozen=True, slots=True)
class SampleItem:
    icon: Icon
    name: IconName

    @property
    def image(self) -> str:
        """Path of the image relative to the import file."""
        return f"images/{self.icon.name}.png"

    def fields(self, origin: Origin) -> Mapping[str, Any]:
        """What `hero catalog import` reads."""
        return {
            "external_id": f"game-icons:{self.icon.name}",
            "name": self.name.korean,
            "description": self.name.description,
            "category": self.name.category,
            "tags": list(self.name.tags),
            "price": price_of(self.icon.name, self.name.category),
            "image": self.image,
            "attribution": _attribution(self.icon, origin),
        }


def sample_items(icons: Sequence[Icon], glossary: Glossary) -> Iterator[SampleItem]:
    """The icons that have an honest Korean name."""
    for icon in icons:
        name = glossary.name_icon(icon.name)
        if name:
            yield SampleItem(icon, name)


def _attribution(icon: Icon, origin: Origin) -> Mapping[str, str]:
    return {
        "author": f"{origin.author} (game-icons.net)",
        "source": f"Game Icons '{icon.name}', npm {NAME} {origin.version}",
        "licence": LICENCE,
        "licence_url": LICENCE_URL,
        "changes": CHANGES,
    }
