"""DOCX and XLSX are ZIP archives of XML: judged by their directory before anything is unpacked."""

import io
import zipfile
import zlib
from contextlib import suppress
from pathlib import PurePosixPath
from xml.etree import ElementTree as ET
from xml.parsers import expat

from kefu.knowledge.errors import Problem
from kefu.knowledge.parsers.source import MEBI, SourceFile

ENTRY_MARK = b"PK\x01\x02"
_LARGE = 4 * MEBI
"""A part below this may be packed however tightly."""
_XML = frozenset({".xml", ".rels", ".vml"})
_CHUNK = 65_536
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError)


class _RootSeen(Exception):  # noqa: N818 - a way out of expat, not an error
    """The prologue is over: whatever a document type could declare would stand before."""


def open_archive(source: SourceFile) -> zipfile.ZipFile:
    """The archive, after its directory was checked: number, size and packing of its parts, and no document types.

    Archives inside it are never opened. zipfile gives of a part no more than the directory says, so the check holds
    for what is read later. Raises DocumentInvalidError.
    """
    if source.data.count(ENTRY_MARK) > source.limits.max_entries:
        raise source.refuse(Problem.ARCHIVE_BOMB, f"more than {source.limits.max_entries} parts")
    try:
        archive = zipfile.ZipFile(io.BytesIO(source.data))
    except _BROKEN as error:
        raise source.refuse(Problem.DAMAGED, "the file is incomplete or damaged") from error
    _check_directory(source, archive.infolist())
    for entry in archive.infolist():
        if PurePosixPath(entry.filename).suffix.lower() in _XML:
            _refuse_document_type(source, archive, entry)
    return archive


def read_xml(source: SourceFile, archive: zipfile.ZipFile, name: str) -> ET.Element | None:
    """The root of one part; None when the archive has no such part."""
    try:
        return ET.fromstring(archive.read(name))  # noqa: S314 - no document types: open_archive has looked
    except KeyError:
        return None
    except (ET.ParseError, *_BROKEN) as error:
        raise source.refuse(Problem.DAMAGED, f"the part {name} is damaged") from error


def _check_directory(source: SourceFile, entries: list[zipfile.ZipInfo]) -> None:
    limits = source.limits
    if len(entries) > limits.max_entries:
        raise source.refuse(Problem.ARCHIVE_BOMB, f"{len(entries)} parts; the limit is {limits.max_entries}")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise source.refuse(Problem.ENCRYPTED, "protected by a password; save it without one")
    total = sum(entry.file_size for entry in entries)
    if total > limits.max_unpacked_mib * MEBI:
        reason = f"{total // MEBI} MiB when unpacked; the limit is {limits.max_unpacked_mib} MiB"
        raise source.refuse(Problem.ARCHIVE_BOMB, reason)
    for entry in entries:
        if entry.file_size > max(_LARGE, limits.max_ratio * entry.compress_size):
            raise source.refuse(Problem.ARCHIVE_BOMB, f"a part unpacks to {limits.max_ratio} times its size or more")


def _refuse_document_type(source: SourceFile, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Office files have none; entities that grow or that name files could only be declared in one."""
    parser = expat.ParserCreate()

    def refuse(*_declared: object) -> None:
        raise source.refuse(Problem.ARCHIVE_BOMB, f"the part {entry.filename} declares a document type")

    def leave(*_started: object) -> None:
        raise _RootSeen

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = leave
    try:
        # What expat cannot read here, it cannot read later either.
        with archive.open(entry) as part, suppress(_RootSeen, expat.ExpatError):
            while chunk := part.read(_CHUNK):
                parser.Parse(chunk)
    except _BROKEN as error:
        raise source.refuse(Problem.DAMAGED, f"the part {entry.filename} is damaged") from error
