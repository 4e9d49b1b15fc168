"""The public surface is what docs/plugins/writing.md says, no more and no less."""

import kefu.plugins
from tests.docs.pages import codes, read


def test_every_public_name_is_there_and_sorted() -> None:
    names = kefu.plugins.__all__
    assert names == sorted(names)
    assert all(hasattr(kefu.plugins, name) for name in names)


def test_every_public_name_is_in_the_guide() -> None:
    told = {code.partition("(")[0] for code in codes(read("docs/plugins/writing.md"))}
    assert [name for name in kefu.plugins.__all__ if name not in told] == []
