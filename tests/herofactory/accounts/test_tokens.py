from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from herofactory.accounts.principal import Principal
from herofactory.accounts.signing_key import SigningKey
from herofactory.accounts.tokens import AUDIENCE, ISSUER, LONGEST, InvalidToken, TokenIssuer, TokenVerifier
from herofactory.platform.clock import SystemClock
from tests.support.clock import InstantClock

KEY = SigningKey(b"k" * 32)
ISSUE = TokenIssuer(KEY, 3600, SystemClock()).issue
VERIFY = TokenVerifier(KEY).verify


def claims(**changed: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    whole = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "seller-1",
        "role": "user",
        "iat": now,
        "exp": now + timedelta(hours=1),
        "jti": "1",
    }
    return {name: value for name, value in {**whole, **changed}.items() if value is not None}


def signed(claims: dict[str, Any], algorithm: str = "HS256") -> str:
    return jwt.encode(claims, KEY.derive("access-token"), algorithm=algorithm)


@pytest.mark.parametrize("role", ["user", "moderator", "admin"])
def test_an_issued_token_says_who_and_in_which_role(role: Any) -> None:
    assert VERIFY(ISSUE("seller-1", role)) == Principal("seller-1", role)


def test_only_moderators_and_admins_may_moderate() -> None:
    assert [Principal("a", role).may_moderate for role in ("user", "moderator", "admin")] == [False, True, True]


def test_every_token_has_an_id_of_its_own() -> None:
    assert ISSUE("seller-1") != ISSUE("seller-1")


def test_an_expired_token_is_refused_as_such() -> None:
    token = TokenIssuer(KEY, 3600, InstantClock(datetime.now(UTC) - timedelta(hours=2))).issue("seller-1")
    with pytest.raises(InvalidToken, match="expired"):
        VERIFY(token)


def test_a_token_from_the_future_is_refused() -> None:
    with pytest.raises(InvalidToken):
        VERIFY(TokenIssuer(KEY, 3600, InstantClock(datetime.now(UTC) + timedelta(hours=2))).issue("seller-1"))


def test_a_token_signed_with_another_key_is_refused() -> None:
    with pytest.raises(InvalidToken):
        VERIFY(TokenIssuer(SigningKey(b"x" * 32), 3600, SystemClock()).issue("seller-1"))


def test_a_token_without_a_signature_is_refused() -> None:
    with pytest.raises(InvalidToken):
        VERIFY(jwt.encode(claims(), "", algorithm="none"))


def test_a_token_whose_header_was_changed_to_alg_none_is_refused() -> None:
    _, body, _ = ISSUE("seller-1").split(".")
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    with pytest.raises(InvalidToken):
        VERIFY(f"{header}.{body}.")


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
@pytest.mark.filterwarnings("ignore:The HMAC key")
def test_another_algorithm_is_refused_even_with_the_right_key(algorithm: str) -> None:
    with pytest.raises(InvalidToken):
        VERIFY(signed(claims(), algorithm))


@pytest.mark.parametrize(
    "changed",
    [
        *({name: None} for name in ("iss", "aud", "sub", "role", "iat", "exp", "jti")),
        {"iss": "somebody else"},
        {"aud": "another service"},
        {"role": "root"},
        {"role": ["admin"]},
        {"sub": ""},
        {"sub": "a b"},
        {"sub": "x" * 65},
        {"sub": "a\x00b"},
        {"sub": 7},
        {"exp": "tomorrow"},
    ],
    ids=str,
)
def test_a_token_with_a_claim_missing_or_wrong_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        VERIFY(signed(claims(**changed)))


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c", "...", "é.é.é", "x" * (LONGEST + 1), "\x00"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidToken):
        VERIFY(token)


def test_no_token_is_issued_for_what_is_no_user_or_role() -> None:
    with pytest.raises(ValueError, match="user id"):
        ISSUE("홍길동")
    with pytest.raises(ValueError, match="unknown role"):
        ISSUE("seller-1", "root")  # type: ignore[arg-type]  # the mistake under test
