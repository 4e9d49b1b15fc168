"""People-facing text by key and language, from ``strings/{zh,en}.json`` of a package."""

from collections.abc import Mapping
from importlib.resources import files

import orjson


class Strings:
    """Templates with ``{name}`` fields. A missing key or a key that one language lacks is an error at start-up."""

    def __init__(self, by_language: Mapping[str, Mapping[str, str]]) -> None:
        keys = {language: set(texts) for language, texts in by_language.items()}
        expected = set().union(*keys.values())
        for language, found in keys.items():
            if found != expected:
                raise KeyError(f"strings/{language}.json lacks {sorted(expected - found)}")
        self._by_language = by_language

    @classmethod
    def load(cls, package: str) -> "Strings":
        folder = files(package) / "strings"
        return cls({name: orjson.loads((folder / f"{name}.json").read_bytes()) for name in ("zh", "en")})

    def has(self, key: str) -> bool:
        return all(key in texts for texts in self._by_language.values())

    def get(self, key: str, language: str, **fields: object) -> str:
        return self._by_language[language][key].format(**fields)
