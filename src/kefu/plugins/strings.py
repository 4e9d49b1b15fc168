"""The texts that a plugin brings."""

from pathlib import Path

import orjson

from kefu.kit.strings import Strings


def load_strings(folder: Path) -> Strings:
    """``zh.json`` and ``en.json`` of a folder. Raises KeyError when one lacks a text of the other."""
    return Strings({language: orjson.loads((folder / f"{language}.json").read_bytes()) for language in ("zh", "en")})
