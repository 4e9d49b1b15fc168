"""Unpacking what was packed for the way, never to more than was agreed."""

import zlib

from kefu.domain.errors import FetchError, FetchTooLargeError

_GZIP = zlib.MAX_WBITS | 16
_ZLIB_MARK = 0x78
ACCEPTED = "gzip, deflate"


class Body:
    """Takes a body piece by piece and unpacks it. Raises FetchTooLargeError as soon as it has ``limit`` bytes."""

    def __init__(self, encoding: str, *, limit: int) -> None:
        self._encoding = encoding.strip().lower().removeprefix("x-")
        if self._encoding not in {"", "identity", "gzip", "deflate"}:
            raise FetchError(f"The answer is packed in a way that was not asked for: {self._encoding[:40]}.")
        self._limit = limit
        self._unpacker = zlib.decompressobj(_GZIP) if self._encoding == "gzip" else None
        self._taken = 0
        self._data = bytearray()

    def take(self, piece: bytes) -> None:
        self._taken += len(piece)
        if self._taken > self._limit:
            raise FetchTooLargeError(limit=self._limit)
        if self._encoding in {"", "identity"}:
            self._keep(piece)
            return
        try:
            self._unpack(piece)
        except zlib.error as error:
            raise FetchError("The answer is damaged: it cannot be unpacked.") from error

    def finish(self) -> bytes:
        """All of it. Raises FetchError when the end is missing."""
        if self._unpacker is not None and self._taken and not self._unpacker.eof:
            raise FetchError("The answer is incomplete.")
        return bytes(self._data)

    def _unpack(self, piece: bytes) -> None:
        if self._unpacker is None:  # "deflate" is zlib's form by the standard, and bare in practice
            is_bare = piece[0] & 0x0F != _ZLIB_MARK & 0x0F
            self._unpacker = zlib.decompressobj(-zlib.MAX_WBITS if is_bare else zlib.MAX_WBITS)
        while piece and not self._unpacker.eof:
            self._keep(self._unpacker.decompress(piece, self._limit + 1 - len(self._data)))
            piece = self._unpacker.unconsumed_tail

    def _keep(self, piece: bytes) -> None:
        self._data += piece
        if len(self._data) > self._limit:
            raise FetchTooLargeError(limit=self._limit)


def gunzip(data: bytes, *, limit: int) -> bytes:
    """Unpack a ``.gz`` file. Raises FetchTooLargeError and FetchError."""
    body = Body("gzip", limit=max(limit, len(data)))
    body.take(data)
    return body.finish()
