"""Every part can be built on a fresh installation, once, and everything that was opened is given back."""

from functools import cached_property
from pathlib import Path

from kefu.config import Settings
from kefu.factory import Factory
from kefu.knowledge.embedding import NullEmbedder


def _parts() -> list[str]:
    return [
        name
        for kind in Factory.__mro__
        for name, value in vars(kind).items()
        if isinstance(value, cached_property) and not name.startswith("_")
    ]


async def test_every_part_is_built_once_and_closed(tmp_path: Path) -> None:
    factory = Factory(Settings(data_dir=tmp_path), embedder=NullEmbedder())
    names = _parts()
    assert len(names) > 50
    assert all(getattr(factory, name) is getattr(factory, name) for name in names)
    await factory.aclose()
