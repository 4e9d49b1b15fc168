"""Which kind of file it is: by its content where that has a signature, else by its name.

PDF, DOCX, XLSX and images have one, and are read as what they are whatever the name says. Text has none: there the
name decides, except that what begins like an HTML page is one. Text behind the name of a PDF, a DOCX, an XLSX or an
image is refused: it is most often a login or error page that was saved in place of the document.
"""

import re
import zipfile
from enum import StrEnum
from io import BytesIO
from pathlib import PurePath

from kefu.knowledge.errors import Problem
from kefu.knowledge.parsers.archives import ENTRY_MARK
from kefu.knowledge.parsers.source import SourceFile


class Kind(StrEnum):
    MARKDOWN = "markdown"
    TEXT = "text"
    HTML = "html"
    FAQ_LINES = "jsonl"
    CSV = "csv"
    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    IMAGE = "image"


KINDS = {
    ".md": Kind.MARKDOWN, ".markdown": Kind.MARKDOWN, ".txt": Kind.TEXT, ".html": Kind.HTML, ".htm": Kind.HTML,
    ".jsonl": Kind.FAQ_LINES, ".csv": Kind.CSV, ".tsv": Kind.CSV, ".pdf": Kind.PDF, ".docx": Kind.DOCX,
    ".xlsx": Kind.XLSX, ".png": Kind.IMAGE, ".jpg": Kind.IMAGE, ".jpeg": Kind.IMAGE, ".webp": Kind.IMAGE,
    ".bmp": Kind.IMAGE, ".tif": Kind.IMAGE, ".tiff": Kind.IMAGE,
}  # fmt: skip
IMAGES = frozenset(suffix for suffix, kind in KINDS.items() if kind is Kind.IMAGE)
UNREAD = frozenset(
    ".doc .docm .dot .xls .xlsm .xlsb .ppt .pptx .odt .ods .odp .rtf .pages .numbers .epub .mht .mhtml .zip "
    ".rar .7z".split()
)
"""Kinds that often hold knowledge and are not read: in a folder they are reported, not passed over."""
_TEXTS = frozenset({Kind.MARKDOWN, Kind.TEXT, Kind.HTML, Kind.FAQ_LINES, Kind.CSV})
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_IMAGE_MARKS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"II*\0", b"MM\0*")
_FOREIGN_MARKS = {
    b"{\\rtf": "RTF; save it as DOCX", b"\x1f\x8b": "a gzip archive; unpack it", b"7z\xbc\xaf": "an archive; unpack it",
    b"Rar!": "an archive; unpack it", b"GIF8": "a GIF image; save it as PNG", b"\x7fELF": "a program", b"MZ": "a program",
    b"SQLite format 3\0": "a database",
}  # fmt: skip
_PAGE = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)[\s>]", re.DOTALL | re.IGNORECASE
)
_HEAD = 4_096
_SHORT_MARK = 2
"""A text may begin with so few letters; then it is foreign only with NUL in it."""


def find_kind(source: SourceFile) -> Kind:
    """Raises DocumentInvalidError for a kind that is not read, and for text that is named like another kind."""
    signed = _by_signature(source)
    if signed is not None:
        return signed
    named = KINDS.get(PurePath(source.name).suffix.lower())
    is_page = _is_page(source.data[:_HEAD])
    if named is None:
        raise source.refuse(Problem.UNKNOWN_KIND, f"unknown kind of file; known: {', '.join(sorted(KINDS))}")
    if named in _TEXTS:
        return Kind.HTML if is_page and named is not Kind.FAQ_LINES else named
    if not source.data.strip():
        raise source.refuse(Problem.NO_TEXT, "the file is empty")
    found = "an HTML page" if is_page else "no such file"
    raise source.refuse(Problem.WRONG_KIND, f"named {named.upper()}, but it is {found}")


def _by_signature(source: SourceFile) -> Kind | None:
    head = source.data[:_HEAD]
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    if head.startswith(b"PK\x03\x04"):
        return _in_archive(source)
    if head.startswith(_OLE):
        raise _ole_problem(source)
    if head.startswith(_IMAGE_MARKS) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        is_text = head.startswith(b"BM") and b"\0" not in head[:32]  # a text may begin with BM
        return None if is_text else Kind.IMAGE
    for mark, name in _FOREIGN_MARKS.items():
        if head.startswith(mark) and (len(mark) > _SHORT_MARK or b"\0" in head):
            raise source.refuse(Problem.UNKNOWN_KIND, f"it is {name}")
    return None


def _in_archive(source: SourceFile) -> Kind:
    if source.data.count(ENTRY_MARK) > source.limits.max_entries:
        raise source.refuse(Problem.ARCHIVE_BOMB, f"more than {source.limits.max_entries} parts")
    try:
        with zipfile.ZipFile(BytesIO(source.data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise source.refuse(Problem.DAMAGED, "the file is incomplete or damaged") from error
    if "word/document.xml" in names:
        return Kind.DOCX
    if "xl/workbook.xml" in names:
        return Kind.XLSX
    raise source.refuse(Problem.UNKNOWN_KIND, "an archive that is neither DOCX nor XLSX; unpack it")


def _ole_problem(source: SourceFile) -> Exception:
    if _ENCRYPTED in source.data:
        return source.refuse(Problem.ENCRYPTED, "protected by a password; save it without one")
    return source.refuse(Problem.UNKNOWN_KIND, "an Office file of before 2007; save it as DOCX or XLSX")


def _is_page(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "ignore").encode()
    return _PAGE.match(head.removeprefix(b"\xef\xbb\xbf")) is not None
