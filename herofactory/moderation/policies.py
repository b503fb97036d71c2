"""Policies by their version: those of `data/policies` and those that a shop keeps in a folder of its own."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from herofactory.moderation.phrases import PHRASE_CODES, Phrase, phrases_of
from herofactory.moderation.policy import ALWAYS_JUDGED, NEVER, Limit, Policy
from herofactory.moderation.verdict import Code, Decision

FIRST = "2026-11"
"""What every shop begins with."""
REQUIRED_SCORES = frozenset({"sexual", "sexual/minors", "hate", "harassment", "self-harm", "violence", "illicit"})
"""A policy, or an answer, without one of these does not look for it, so it cannot approve."""
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,39}")


class BadPolicy(ValueError):
    """A policy that does not exist or cannot be used; the message says what to change."""


def texts(folder: Path | None = None) -> Mapping[str, str]:
    """The text of each policy by its version; those of `folder` (`*.toml`) come after those of the package."""
    own = {} if folder is None else {file.stem: file.read_text("utf-8") for file in sorted(folder.glob("*.toml"))}
    return {**own, **_shipped()}


def load(version: str, folder: Path | None = None) -> Policy:
    """Raises BadPolicy."""
    return parse(text_of(version, folder))


def text_of(version: str, folder: Path | None = None) -> str:
    """Raises BadPolicy."""
    known = texts(folder)
    if version not in known:
        place = f" or write {folder / version}.toml" if folder and _VERSION.fullmatch(version) else ""
        raise BadPolicy(f"there is no policy {version!r}; choose one of {', '.join(sorted(known))}{place}")
    if parse(known[version]).version != version:
        raise BadPolicy(f'{version}.toml must hold version = "{version}": a policy is named as its file')
    return known[version]


def first() -> Policy:
    return load(FIRST)


def parse(text: str) -> Policy:
    """From TOML, as `data/policies` shows it. Raises BadPolicy naming what is wrong."""
    try:
        return _policy(tomllib.loads(text), text)
    except BadPolicy:
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadPolicy(f"the policy cannot be read: {type(error).__name__}: {error}") from error


def _policy(found: Mapping[str, Any], text: str) -> Policy:
    _only(found, {"version", "about", "rules", "provider"}, "the policy")
    rules, provider = found.get("rules", {}), found["provider"]
    _only(rules, {"glossary", "off", "decisions", "phrases"}, "[rules]")
    _only(provider, {"category_sure_from", "scores"}, "[provider]")
    version = found["version"]
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise BadPolicy(f"version {version!r}: letters, digits, '.', '_' and '-' only, at most 40")
    return Policy(
        version=version,
        about=str(found.get("about", "")),
        limits=_limits(provider["scores"]),
        sure_from=_share(provider["category_sure_from"], "category_sure_from"),
        off=_off(rules.get("off", ())),
        decisions=_decisions(rules.get("decisions", {})),
        phrases=tuple(phrase for each in rules.get("phrases", ()) for phrase in _phrases(each)),
        glossary=_switch(rules.get("glossary", True)),
        mark="" if _shipped().get(version) == text else f".{hashlib.sha256(text.encode()).hexdigest()[:8]}",
    )


def _limits(scores: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Limit]:
    if missing := REQUIRED_SCORES - scores.keys():
        raise BadPolicy(f"[provider.scores] has no limit for {sorted(missing)}: what is not looked for is not approved")
    return {name: _limit(name, limit) for name, limit in scores.items()}


def _limit(name: str, limit: Mapping[str, Any]) -> Limit:
    _only(limit, {"code", "review", "reject"}, f"the limit of {name!r}")
    review = _share(limit["review"], f"{name}: review")
    reject = _share(limit["reject"], f"{name}: reject") if "reject" in limit else NEVER
    if review > reject:
        raise BadPolicy(f"{name}: review = {review} lies above reject = {reject}")
    return Limit(Code(limit["code"]), review, reject)


def _off(codes: Sequence[str]) -> frozenset[Code]:
    off = frozenset(Code(code) for code in codes)
    if kept := off & ALWAYS_JUDGED:
        raise BadPolicy(f"no policy may switch off {sorted(kept)}")
    return off


def _decisions(decisions: Mapping[str, str]) -> Mapping[Code, Decision]:
    read = {Code(code): Decision(decision) for code, decision in decisions.items()}
    for code, decision in read.items():
        if decision is Decision.APPROVED:
            raise BadPolicy(f"{code} cannot be decided as approved; to let it pass, name it in `off`")
        if code in ALWAYS_JUDGED and decision is not Decision.REJECTED:
            raise BadPolicy(f"no policy may make {code} milder")
    return read


def _phrases(found: Mapping[str, Any]) -> tuple[Phrase, ...]:
    _only(found, {"code", "decision", "match", "terms"}, "a phrase")
    code, decision = Code(found["code"]), Decision(found["decision"])
    if code not in PHRASE_CODES or decision is Decision.APPROVED:
        raise BadPolicy(f"a phrase of {code} that is {decision}: choose a code of {sorted(PHRASE_CODES)} and a refusal")
    return phrases_of(code, decision, found.get("match", "word"), list(map(str, found["terms"])))


def _only(found: Mapping[str, Any], allowed: Collection[str], where: str) -> None:
    if unknown := set(found) - set(allowed):
        raise BadPolicy(f"{where} holds {sorted(unknown)}, which mean nothing; it may hold {sorted(allowed)}")


def _share(value: object, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise BadPolicy(f"{what} = {value!r}: a number from 0 to 1")
    return float(value)


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise BadPolicy(f"glossary = {value!r}: true or false")
    return value


@cache
def _shipped() -> Mapping[str, str]:
    folder = resources.files(__package__) / "data" / "policies"
    files = [file for file in folder.iterdir() if file.name.endswith(".toml")]
    return {file.name.removesuffix(".toml"): file.read_text(encoding="utf-8") for file in files}
