from __future__ import annotations

import unicodedata

# Full-width forms of ASCII and the ideographic space: what Korean IMEs and copied spreadsheets produce.
_WIDTH = {0x3000: " "} | {wide: chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)}
# MeCab reads C strings and answers in lines, and a lone surrogate cannot be written as UTF-8.
_UNSAFE = {"Cc", "Cs", "Zl", "Zp", "Zs"}


def nfc(text: str) -> str:
    """The one spelling of Hangul that is stored and compared (macOS file names and some IMEs deliver NFD)."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Full-width forms to ASCII; controls, exotic spaces and lone surrogates to a space. Never changes the length,

    so offsets into the result are offsets into `text`, which must be NFC already.
    """
    if text.isascii() and text.isprintable():
        return text
    narrow = text.translate(_WIDTH)
    if narrow.isprintable():  # U+0020 is the only separator that counts as printable
        return narrow
    return "".join(" " if unicodedata.category(char) in _UNSAFE else char for char in narrow)
