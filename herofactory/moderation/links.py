"""E-mail addresses and links, also badly hidden ones, and the file names and attributions that are neither.

An address is found from its `@`, a link from its dots: each is looked at within a bounded window, so no text is slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from herofactory.moderation.datafile import rows, word_set
from herofactory.moderation.text import View
from herofactory.moderation.verdict import Code, Decision, Finding, Reason

_HOSTS = {
    kind: frozenset(host for each, host in rows("hosts.tsv") if each == kind) for kind in ("allowed", "private", "mail")
}
_AT = re.compile(r"@|[(\[{] ?(?:at|앳|골뱅이) ?[)\]}]|(?<=[0-9a-z]) ?골뱅이 ?(?=[0-9a-z네지다한])")
_MAIL_DOMAIN = re.compile(r"(?:[a-z0-9-]{1,40}(?: ?\. ?| dot |닷|쩜)){1,4}([a-z]{2,10})(?![0-9a-z])")
_FILE_ENDINGS = word_set("file")
_HOST = re.compile(r"(?<![0-9a-z@._-])(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,10}(?![0-9a-z-])")
_HANGUL_HOST = re.compile(r"[가-힣]\.(?:com|net|co\.kr|kr|shop)(?![0-9a-z])")
_SCHEME = re.compile(r"(?:h(?:tt|xx)ps?|ftp) ?: ?/ ?/|(?<![0-9a-z])www ?\.")
_SITE_ENDINGS = word_set("site")
_AFTER_SCHEME = 200
"""Characters after `https://` in which its host must end."""


def check_links(view: View) -> Iterator[Finding]:
    if _has_mail(view.folded):
        yield _finding(Decision.REJECTED, Code.CONTACT_EMAIL, f"the {view.field} holds an e-mail address: take it out")
    decision = _judge_links(view.folded)
    if decision is not Decision.APPROVED:
        detail = f"the {view.field} leads to another site: take the link out, attributions name the source instead"
        yield _finding(decision, Code.CONTACT_URL, detail)


def _has_mail(text: str) -> bool:
    return any(
        _is_mail(text[max(0, at.start() - 2) : at.start()], text[at.end() : at.end() + 100])
        for at in _AT.finditer(text)
    )


def _is_mail(before: str, after: str) -> bool:
    """`icon@2x.png` is a file; `hero@naver` is meant as an address although its ending is missing."""
    if not before.rstrip()[-1:].isalnum():
        return False
    after = after.lstrip()
    if any(after.startswith(provider) for provider in _HOSTS["mail"]):
        return True
    domain = _MAIL_DOMAIN.match(after)
    return domain is not None and domain.group(1) not in _FILE_ENDINGS


def _judge_links(text: str) -> Decision:
    hosts = [match.group() for match in _HOST.finditer(text)]
    if any(_is_under(host, _HOSTS["private"]) for host in hosts):
        return Decision.REJECTED
    if any(not _leads_to_allowed(text[link.end() :][:_AFTER_SCHEME]) for link in _SCHEME.finditer(text)):
        return Decision.REJECTED
    if _HANGUL_HOST.search(text):
        return Decision.REVIEW
    bare = (host for host in hosts if host.rpartition(".")[2] in _SITE_ENDINGS)
    return Decision.REVIEW if any(not _is_under(host, _HOSTS["allowed"]) for host in bare) else Decision.APPROVED


def _leads_to_allowed(rest: str) -> bool:
    """The host is what stands before the path, and must be all of it: `game-icons.net@evil.kr` is another host."""
    host = re.split(r"[/\s?#]", rest.removeprefix("www."), maxsplit=1)[0].rstrip(".,;:!)")
    return _is_under(host, _HOSTS["allowed"])


def _is_under(host: str, hosts: frozenset[str]) -> bool:
    return host in hosts or any(host.endswith(f".{known}") for known in hosts)


def _finding(decision: Decision, code: Code, detail: str) -> Finding:
    return Finding("contact", decision, Reason(code, detail))
