"""Analysis that Elasticsearch does: nori with our user dictionary, as the embedded analyser does it by itself."""

from __future__ import annotations

from typing import Any

from herofactory.catalog.categories import KOREAN
from herofactory.search.analysis.nori import STOP_TAGS
from herofactory.search.analysis.user_dictionary import parse_rules, rules_text
from herofactory.search.labels import category_label

# Full-width letters and digits to ASCII: nori sees them before any token filter could change them. Full-width signs and
# spaces need no rule, it drops them as it drops ours.
_WIDE = (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
KOREAN_ANALYZER, LABEL_ANALYZER, EXACT_ANALYZER, TERMS_ANALYZER = "korean", "category_label", "exact", "terms"
TAG_NORMALIZER = "tag"


def analysis() -> dict[str, Any]:
    """`settings.analysis` of the index."""
    korean = {"type": "custom", "tokenizer": "korean", "filter": ["korean_stop", "nori_readingform", "lowercase"]}
    return {
        "char_filter": {
            "width": {"type": "mapping", "mappings": [f"{chr(wide)}=>{chr(wide - 0xFEE0)}" for wide in _WIDE]},
            "label": {"type": "mapping", "mappings": [f"{slug}=>{category_label(slug)}" for slug in KOREAN]},
            "unspaced": {"type": "pattern_replace", "pattern": r"[\s\p{Z}]+", "replacement": ""},
        },
        "tokenizer": {
            "korean": {
                "type": "nori_tokenizer",
                "decompound_mode": "discard",
                "user_dictionary_rules": user_dictionary_rules(),
            }
        },
        "filter": {"korean_stop": {"type": "nori_part_of_speech", "stoptags": sorted(STOP_TAGS)}},
        "analyzer": {
            KOREAN_ANALYZER: {**korean, "char_filter": ["width"]},
            LABEL_ANALYZER: {**korean, "char_filter": ["label"]},
            EXACT_ANALYZER: {
                "type": "custom",
                "tokenizer": "keyword",
                "char_filter": ["width", "unspaced"],
                "filter": ["lowercase"],
            },
            # For terms that were analysed already, by the planner.
            TERMS_ANALYZER: {"type": "custom", "tokenizer": "whitespace"},
        },
        "normalizer": {TAG_NORMALIZER: {"type": "custom", "filter": ["cjk_width", "lowercase", "trim"]}},
    }


def user_dictionary_rules() -> list[str]:
    """data/user_dictionary.txt without comments, in the format it has."""
    rules = parse_rules(rules_text().splitlines())
    return [word if parts == (word,) else " ".join((word, *parts)) for word, parts in rules.items()]
