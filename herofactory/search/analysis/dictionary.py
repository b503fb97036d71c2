from __future__ import annotations

import hashlib
import importlib.util
from functools import cache
from pathlib import Path

# The dictionary of Lucene 10's nori: mecab-ko-dic 2.1.1-20180720, as packed by python-mecab-ko-dic 2.1.1.post2.
PACKAGE = "python-mecab-ko-dic==2.1.1.post2"
# Two packages unpack into this import folder; only the one above writes `dictionary/`. So the path is named and the
# package itself never imported: its __init__ may be the other one's.
_FOLDER = "mecab_ko_dic"


class DictionaryMissing(RuntimeError):
    def __init__(self, looked_in: str) -> None:
        super().__init__(
            f"The Korean dictionary is missing (looked for {looked_in}). Install it: pip install {PACKAGE}"
        )


@cache
def dictionary_path() -> Path:
    """The folder with `sys.dic`. Raises DictionaryMissing."""
    spec = importlib.util.find_spec(_FOLDER)
    places = [] if spec is None else list(spec.submodule_search_locations or ())
    for place in places:
        folder = Path(place) / "dictionary"
        if (folder / "sys.dic").is_file():
            return folder
    raise DictionaryMissing(" or ".join(f"{place}/dictionary/sys.dic" for place in places) or f"a package {_FOLDER}")


@cache
def dictionary_fingerprint() -> str:
    """Tells one dictionary build from another without reading its 80 MB: file sizes and the head of `sys.dic`.

    The head holds MeCab's magic number, version, lexicon size and matrix dimensions.
    """
    digest = hashlib.sha256()
    folder = dictionary_path()
    for name in ("sys.dic", "matrix.bin", "unk.dic", "char.bin"):
        digest.update(f"{name}:{(folder / name).stat().st_size}\n".encode())
    with (folder / "sys.dic").open("rb") as file:
        digest.update(file.read(4096))
    return digest.hexdigest()[:16]
