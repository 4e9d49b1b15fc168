"""Files in a ``multipart/form-data`` body (RFC 7578), as they come: nothing is held but a few kilobytes.

What is allowed is small on purpose: parts with a file's name, plain headers, no nesting. Anything else is refused.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from kefu.domain.errors import InvalidInputError

_BOUNDARY = re.compile(
    r'multipart/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"\\]{1,70})"|([^\s;,"]{1,70}))\s*(?:;.*)?', re.IGNORECASE
)
_DISPOSITION = re.compile(r"^content-disposition:\s*form-data\s*;(.*)$", re.IGNORECASE | re.MULTILINE)
_FILE_NAME = re.compile(r'(?:^|;)\s*filename="([^"\r\n]*)"', re.IGNORECASE)
_FIELD = re.compile(r'(?:^|;)\s*name="files"', re.IGNORECASE)
_LONGEST_HEAD = 4_096
FILES_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                }
            }
        },
    }
}
"""How the OpenAPI document tells of such a body."""


class FilePart:
    """One file: ``name`` is its sender's. Its chunks are there once, before the next file is asked for."""

    def __init__(self, name: str, chunks: AsyncIterator[bytes]) -> None:
        self.name = name
        self._chunks = chunks

    def chunks(self) -> AsyncIterator[bytes]:
        return self._chunks


async def read_files(content_type: str, stream: AsyncIterator[bytes]) -> AsyncGenerator[FilePart, None]:
    """The files of a body, in order. Raises InvalidInputError for a body that is no such form or is cut off."""
    found = _BOUNDARY.fullmatch(content_type)
    if found is None:
        raise _invalid("The body must be multipart/form-data with a boundary.")
    reader = _Reader(stream, boundary=(found[1] or found[2]).encode())
    if await reader.take_until(reader.delimiter, limit=2):
        raise _invalid("There is something before the first part.")
    while await reader.has_next():
        head = await reader.take_until(b"\r\n\r\n", limit=_LONGEST_HEAD)
        async with aclosing(reader.body()) as body:
            yield FilePart(_file_name(head), body)
            async for _ in body:
                pass  # what the caller has left of it


class _Reader:
    def __init__(self, stream: AsyncIterator[bytes], *, boundary: bytes) -> None:
        self._stream = stream
        self.delimiter = b"\r\n--" + boundary
        self._waiting = bytearray(b"\r\n")  # so that the first boundary is like the others

    async def has_next(self) -> bool:
        """Whether another part follows the boundary that was just read."""
        while len(self._waiting) < len(b"--"):
            await self._more()
        mark = bytes(self._waiting[:2])
        del self._waiting[:2]
        if mark not in {b"--", b"\r\n"}:
            raise _invalid("There is something behind a boundary.")
        if mark == b"\r\n":
            self._waiting[:0] = b"\r\n"  # so that a part without headers ends its head too
        return mark == b"\r\n"

    async def take_until(self, mark: bytes, *, limit: int) -> bytes:
        """What comes before a mark, which is taken too."""
        while (place := self._waiting.find(mark)) < 0:
            if len(self._waiting) > limit + len(mark):
                raise _invalid("A part's head is too long, or the boundary is missing.")
            await self._more()
        found = bytes(self._waiting[:place])
        del self._waiting[: place + len(mark)]
        return found

    async def body(self) -> AsyncGenerator[bytes, None]:
        """A part's bytes up to the next boundary."""
        kept = len(self.delimiter) - 1
        while (place := self._waiting.find(self.delimiter)) < 0:
            if len(self._waiting) > kept:
                piece = bytes(self._waiting[:-kept])
                del self._waiting[:-kept]
                yield piece
            await self._more()
        piece = bytes(self._waiting[:place])
        del self._waiting[: place + len(self.delimiter)]
        if piece:
            yield piece

    async def _more(self) -> None:
        async for chunk in self._stream:
            if chunk:
                self._waiting += chunk
                return
        raise _invalid("The body is cut off.")


def _file_name(head: bytes) -> str:
    try:
        disposition = _DISPOSITION.search(head.decode().replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        raise _invalid("A part's head is not UTF-8.") from error
    name = None if disposition is None or not _FIELD.search(disposition[1]) else _FILE_NAME.search(disposition[1])
    if name is None:
        raise _invalid('Each part must be a file in the field "files".')
    return name[1].replace("%22", '"')


def _invalid(detail: str) -> InvalidInputError:
    return InvalidInputError(detail, field="files")
