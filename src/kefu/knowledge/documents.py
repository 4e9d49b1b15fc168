"""Files to documents: which parser, which key, which language.

``read_file`` parses in this process: for files of our own. Files of others go through ``kefu.knowledge.sandbox``.
"""

import re
from collections.abc import Callable
from pathlib import Path

from kefu.domain.conversation import Language
from kefu.domain.knowledge import DocumentDraft, DocumentKind
from kefu.kit.text import detect_language
from kefu.knowledge.blocks import ParsedDocument
from kefu.knowledge.errors import DocumentInvalidError, Problem
from kefu.knowledge.faq import FaqFile, read_jsonl
from kefu.knowledge.files import name_of, open_file
from kefu.knowledge.front_matter import split_front_matter
from kefu.knowledge.markdown import read_markdown
from kefu.knowledge.parsers.comma import read_csv
from kefu.knowledge.parsers.docx import read_docx
from kefu.knowledge.parsers.elements import LONGEST_TITLE, Element, Paragraph, to_document
from kefu.knowledge.parsers.encodings import decode
from kefu.knowledge.parsers.html import read_html
from kefu.knowledge.parsers.kinds import KINDS, Kind, find_kind
from kefu.knowledge.parsers.ocr import BeginOcr, recognise_file
from kefu.knowledge.parsers.pdf import read_pdf
from kefu.knowledge.parsers.settings import ParserSettings
from kefu.knowledge.parsers.source import MEBI, Reading, SourceFile
from kefu.knowledge.parsers.text import read_lines
from kefu.knowledge.parsers.xlsx import read_xlsx

_LONGEST_KEY = 300
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
SUFFIXES = frozenset(KINDS)
_Parser = Callable[[SourceFile, BeginOcr], Reading]


def read_file(path: Path, *, root: Path | None = None) -> list[ParsedDocument]:
    """Parse one file here. Keys that a file does not give itself are its path under ``root`` (default: its folder).

    Raises DocumentInvalidError for anything that is wrong with the file, with the line where that is known.
    """
    limits = ParserSettings()
    name = name_of(path, root=root or path.parent)
    with open_file(path, max_bytes=limits.max_file_mib * MEBI) as file:
        data = file.read()
    source = SourceFile(name=name.shown, key=name.key, data=data, language=name.language, limits=limits)
    return list(parse(source).documents)


def parse(source: SourceFile, *, begin_ocr: BeginOcr = lambda: None) -> Reading:
    """The documents of a file of any kind. Raises DocumentInvalidError."""
    reading = _PARSERS[find_kind(source)](source, begin_ocr)
    for document in reading.documents:
        _check_storable(source, document)
    return reading


def read_page(source: str, *, file: str, key: str, language: Language | None = None) -> ParsedDocument:
    """Parse Markdown. Front matter may give key, title and lang (zh, en); its other fields are the owner's own."""
    head, body = split_front_matter(source, file=file)
    named = head.fields.get("lang")
    if named not in (None, "zh", "en"):
        raise head.error("lang", f"must be zh or en, not {named!r}")
    spoken: Language = "zh" if named == "zh" else "en" if named == "en" else language or detect_language(body)
    title = head.text("title")
    page = read_markdown(body, language=spoken, title=title)
    if not page.blocks:
        raise DocumentInvalidError(file=file, reason="the document has no text", problem=Problem.NO_TEXT)
    draft = DocumentDraft(
        key=head.text("key") or key,
        kind=DocumentKind.PAGE,
        title=(title or page.heading or key.rsplit("/", 1)[-1])[:LONGEST_TITLE],
        language=spoken,
        text=page.text,
        attributes=head.attributes,
        is_draft=head.is_draft,
    )
    return ParsedDocument(draft=draft, blocks=page.blocks)


def _markdown(source: SourceFile, _begin: BeginOcr) -> Reading:
    decoded = decode(source)
    page = read_page(decoded.text, file=source.name, key=source.key, language=source.language)
    return Reading([page], decoded.remarks)


def _text(source: SourceFile, _begin: BeginOcr) -> Reading:
    decoded = decode(source)
    return Reading([to_document(source, list(read_lines(decoded.text)))], decoded.remarks)


def _faq_lines(source: SourceFile, _begin: BeginOcr) -> Reading:
    decoded = decode(source)
    file = FaqFile(name=source.name, prefix=source.key, text=decoded.text, language=source.language)
    return Reading(_some(source, read_jsonl(file)), decoded.remarks)


def _csv(source: SourceFile, _begin: BeginOcr) -> Reading:
    decoded = decode(source)
    return Reading(_some(source, read_csv(source, decoded.text)), decoded.remarks)


def _html(source: SourceFile, _begin: BeginOcr) -> Reading:
    page = read_html(source)
    remarks = (f"read as {page.encoding}",) if page.encoding else ()
    return Reading([to_document(source, page.elements, title=page.title)], remarks)


def _pdf(source: SourceFile, begin_ocr: BeginOcr) -> Reading:
    text = read_pdf(source, begin_ocr)
    return Reading([to_document(source, text.elements)], text.remarks)


def _docx(source: SourceFile, _begin: BeginOcr) -> Reading:
    return Reading([to_document(source, read_docx(source))])


def _xlsx(source: SourceFile, _begin: BeginOcr) -> Reading:
    return Reading(read_xlsx(source))


def _image(source: SourceFile, begin_ocr: BeginOcr) -> Reading:
    elements: list[Element] = [Paragraph(line.text) for line in recognise_file(source, begin_ocr)]
    return Reading([to_document(source, elements)], ("recognised by OCR",))


_PARSERS: dict[Kind, _Parser] = {
    Kind.MARKDOWN: _markdown,
    Kind.TEXT: _text,
    Kind.FAQ_LINES: _faq_lines,
    Kind.CSV: _csv,
    Kind.HTML: _html,
    Kind.PDF: _pdf,
    Kind.DOCX: _docx,
    Kind.XLSX: _xlsx,
    Kind.IMAGE: _image,
}


def _some(source: SourceFile, documents: list[ParsedDocument]) -> list[ParsedDocument]:
    if not documents:
        raise source.refuse(Problem.NO_TEXT, "the file has no entries")
    return documents


def _check_storable(source: SourceFile, document: ParsedDocument) -> None:
    """What no database keeps is the file's fault and is said before anything is stored."""
    draft = document.draft
    if len(draft.key) > _LONGEST_KEY:
        raise source.refuse(Problem.INVALID, f"the key {draft.key[:40]}… is longer than {_LONGEST_KEY} characters")
    for text in (draft.key, draft.title, draft.text, *draft.questions):
        if _UNSTORABLE.search(text):
            raise source.refuse(Problem.INVALID, f"{draft.key[:60]!r} contains NUL or half a character")
