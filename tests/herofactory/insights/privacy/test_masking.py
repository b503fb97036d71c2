from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from herofactory.insights.privacy.masking import masked, normalised

ORDINARY = [
    "레벨 99 검",
    "8bit",
    "2d 1024x1024",
    "16 32 64 128 256",
    "1920 1080 60",
    "9mm 5.56x45",
    "+10 강화 검",
    "체력 1000000",
    "2024-01-15",
    "v1.2.3.4",
    "1588-1234",
    "100 ~ 200",
    "일이삼",
    "공격력 +5%",
    "pack #12",
    "at the castle",
    "swords & sorcery",
    "https://example.com/sword",
    "@hero",
    "[email]",
    "",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_terms_of_games_are_left_alone(text: str) -> None:
    assert masked(text) == text


PERSONAL = [
    ("hero@example.com", "[email]"),
    ("Hero.Of+Light@mail.example.co.kr", "[email]"),
    ("용사@예시.한국", "[email]"),
    ("hero(at)example.com", "[email]"),
    ("hero골뱅이example.com", "[email]"),
    ("010-1234-5678", "[phone]"),
    ("01012345678", "[phone]"),
    ("010 1234 5678", "[phone]"),
    ("010.1234.5678", "[phone]"),
    ("０１０－１２３４－５６７８", "[phone]"),
    ("010\u200b1234\u200b5678", "[phone]"),
    ("0 1 0 1 2 3 4 5 6 7 8", "[phone]"),
    ("02-123-4567", "[phone]"),
    ("공일공 일이삼사 오육칠팔", "[phone]"),
    ("o1o-1234-5678", "[phone]"),
    ("공1공12345678", "[phone]"),
    ("+82 10 1234 5678", "[phone]"),
    ("+821012345678", "[phone]"),
    ("+1 (555) 123-4567", "[phone]"),
    ("(555) 123-4567", "[phone]"),
    ("+44 20 7946 0958", "[phone]"),
    ("900101-1234567", "[id]"),
    ("9001011234567", "[id]"),
    ("900101-1******", "[id]"),
    ("4111 1111 1111 1111", "[card]"),
    ("4111111111111111", "[card]"),
    ("3782-822463-10005", "[card]"),
    ("110-123-456789", "[number]"),
    ("123456789", "[number]"),
    ("https://user:secret@example.com/a", "[url]"),
]


@pytest.mark.parametrize(("text", "mask"), PERSONAL)
def test_personal_data_is_masked_wherever_it_stands(text: str, mask: str) -> None:
    assert masked(text) == mask
    assert masked(f"불타는 검 {text} 연락") == f"불타는 검 {mask} 연락"
    assert masked(f"{text} | {text}") == f"{mask} | {mask}"


DIGITS = st.integers(10_000_000, 99_999_999).map(str)
GAP = st.sampled_from(["", "-", " ", ".", " - ", "–", "/"])


@given(DIGITS, GAP, GAP, st.sampled_from(["", "불검 ", "sword x "]))
def test_no_digit_of_a_mobile_number_survives(digits: str, first: str, second: str, before: str) -> None:
    text = f"{before}010{first}{digits[:4]}{second}{digits[4:]} 방패"
    assert not re.search(r"\d", masked(text)), masked(text)
    assert masked(text).startswith(before)
    assert masked(text).endswith(" 방패")


@given(DIGITS, st.sampled_from("공영"), st.sampled_from(["", " ", "-"]))
def test_no_syllable_of_a_spoken_number_survives(digits: str, zero: str, gap: str) -> None:
    spoken = digits.translate(str.maketrans("0123456789", "공일이삼사오육칠팔구"))
    assert masked(f"검 {zero}일{zero}{gap}{spoken[:4]}{gap}{spoken[4:]} 방패") == "검 [phone] 방패"


@given(st.integers(50, 99), st.integers(1, 12), st.integers(1, 28), st.integers(1_000_000, 2_999_999))
def test_no_digit_of_a_resident_number_survives(year: int, month: int, day: int, rest: int) -> None:
    for gap in ("-", "", " "):
        assert not re.search(r"\d", masked(f"{year}{month:02}{day:02}{gap}{rest}"))


@given(st.integers(10**14, 10**15 - 1))
def test_no_digit_of_a_card_survives(front: int) -> None:
    doubled = sum(sum(divmod(int(digit) * (2 - at % 2), 10)) for at, digit in enumerate(str(front)))
    card = f"{front}{-doubled % 10}"
    for text in (card, " ".join(card[at : at + 4] for at in range(0, 16, 4))):
        assert not re.search(r"\d", masked(text)), masked(text)


@given(st.text(max_size=200))
@example("@" * 200)
@example("a" * 150 + "@" + "a." * 20)
@example("0 " * 100)
@example("공" * 200)
def test_any_text_is_masked_without_an_error_and_once_for_all(text: str) -> None:
    once = normalised(text)
    assert once == unicodedata.normalize("NFC", once)
    assert once == " ".join(once.split())
    assert not re.search(r"\d{9}", masked(text))


def test_the_normalised_text_folds_case_form_and_space() -> None:
    assert normalised("  Fire\tSWORD  검 ") == "fire sword 검"
    assert normalised(unicodedata.normalize("NFD", "불타는 검")) == "불타는 검"
    assert normalised("Straße HERO@Example.COM") == "strasse [email]"
