"""Messenger accounts: `카톡 hero99`, `라인 아이디`, `디스코드: hero#1234`; not line art, cocoa or a chat icon."""

from __future__ import annotations

import re
from collections.abc import Iterator

from herofactory.moderation.text import View
from herofactory.moderation.verdict import Code, Decision, Finding, Reason

_START = r"(?<![0-9a-z가-힣])"
_ONLY_MESSENGERS = (
    r"(?:카 ?톡|카카오 ?톡|까톡|깨톡|카똑|ᄏ ?ᄐ(?! ?[ᄀ-ᄒ])|kakao ?talk|katalk"
    r"|텔레그램|텔레그렘|telegram|위챗|wechat|왓츠앱|왓챕|whats ?app|스카이프|skype)"
)
_OTHER_MEANINGS = r"(?:카카오|kakao|라인|line|디스코드|디코|discord|인스타(?:그램)?|insta(?:gram)?|텔레|트위터|twitter)"
_ACCOUNT = r"(?:아이디|계정|id(?![a-z]))(?! ?(?:카드|card))"
_CALL = r"(?:문의|연락|상담|추가|친추|주세요|주십|드려|환영|가능|하세요|남겨|보내|톡 ?주|contact|add|message)"
_HANDLE = r"(?:[:=] ?@?|@)[a-z0-9][a-z0-9_.#-]{3,29}"
_SURE_HANDLE = r"(?:@|[:=] ?@?(?=[a-z.-]{1,20}[0-9_#]))[a-z][a-z0-9_.#-]{3,29}"
_LOOSE_HANDLE = r"(?![0-9]{1,4}x[0-9])(?=[a-z_.-]{0,20}[0-9_])[a-z0-9_.-]{5,30}(?![0-9a-z가-힣])"

_CLEAR = re.compile(
    rf"{_START}{_ONLY_MESSENGERS} ?(?:으로|로|은|는|에|에서|:)? ?(?:{_ACCOUNT}|{_HANDLE}|{_CALL}|{_LOOSE_HANDLE})"
    rf"|(?:문의|연락|상담)[은는]? ?{_ONLY_MESSENGERS}"
    rf"|{_START}{_OTHER_MEANINGS} ?(?:은|는|:)? ?{_ACCOUNT}|{_START}{_OTHER_MEANINGS} ?{_SURE_HANDLE}"
    rf"|{_START}{_OTHER_MEANINGS} ?(?:으로|로) ?{_CALL}"
)
_OPEN_CHAT = re.compile(rf"(?:오픈 ?(?:카톡|채팅|톡)|오픈 ?카카오톡|open ?chat)(?:방|으로|로| ){{0,4}}{_CALL}?")


def check_messengers(view: View) -> Iterator[Finding]:
    decision = _judge(view)
    if decision is not Decision.APPROVED:
        detail = f"the {view.field} names a messenger account: buyers and sellers meet here only, take it out"
        yield Finding("contact", decision, Reason(Code.CONTACT_MESSENGER, detail))


def _judge(view: View) -> Decision:
    if any(_CLEAR.search(text) for text in (view.folded, view.joined, view.unspaced)):
        return Decision.REJECTED
    open_chat = _OPEN_CHAT.search(view.folded)
    if open_chat is None:
        return Decision.APPROVED
    return Decision.REJECTED if re.search(_CALL, open_chat.group()) else Decision.REVIEW
