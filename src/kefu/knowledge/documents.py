"""Files to documents: which parser, which key, which language."""

from collections.abc import Callable
from pathlib import Path

from kefu.domain.conversation import Language
from kefu.domain.knowledge import DocumentDraft, DocumentKind
from kefu.kit.text import detect_language
from kefu.knowledge.blocks import ParsedDocument
from kefu.knowledge.errors import DocumentInvalidError
from kefu.knowledge.faq import FaqFile, read_csv, read_jsonl
from kefu.knowledge.front_matter import split_front_matter
from kefu.knowledge.markdown import read_markdown

MAX_BYTES = 10_000_000
_PAGES = frozenset({".md", ".markdown", ".txt"})
_FAQS: dict[str, Callable[[FaqFile], list[ParsedDocument]]] = {".jsonl": read_jsonl, ".csv": read_csv}
SUFFIXES = _PAGES | _FAQS.keys()


def read_file(path: Path, *, root: Path | None = None) -> list[ParsedDocument]:
    """Parse one file. Keys that a file does not give itself are its path under ``root`` (default: its folder).

    Raises DocumentInvalidError for anything that is wrong with the file, with the line where that is known.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        kinds = ", ".join(sorted(SUFFIXES))
        raise DocumentInvalidError(file=str(path), reason=f"unknown kind of file; known: {kinds}")
    text = decode(read_bytes(path), file=str(path))
    key, language = _name(path.relative_to(root or path.parent))
    if suffix in _FAQS:
        return _FAQS[suffix](FaqFile(name=str(path), prefix=key, text=text, language=language))
    return [read_page(text, file=str(path), key=key, language=language)]


def read_page(source: str, *, file: str, key: str, language: Language | None = None) -> ParsedDocument:
    """Parse Markdown. Front matter may give its key, title, lang and attributes; unknown fields are the owner's own."""
    head, body = split_front_matter(source, file=file)
    named = head.fields.get("lang")
    if named not in (None, "zh", "en"):
        raise head.error("lang", f"must be zh or en, not {named!r}")
    spoken: Language = "zh" if named == "zh" else "en" if named == "en" else language or detect_language(body)
    title = head.text("title")
    page = read_markdown(body, language=spoken, title=title)
    if not page.blocks:
        raise DocumentInvalidError(file=file, reason="the document has no text")
    draft = DocumentDraft(
        key=head.text("key") or key,
        kind=DocumentKind.PAGE,
        title=title or page.heading or key.rsplit("/", 1)[-1],
        language=spoken,
        text=page.text,
        attributes=head.attributes,
        is_draft=head.is_draft,
    )
    return ParsedDocument(draft=draft, blocks=page.blocks)


def decode(raw: bytes, *, file: str) -> str:
    """UTF-8 with or without a byte order mark; line ends become LF.

    Any other encoding is refused rather than guessed: a wrong guess would be quoted to customers.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentInvalidError(
            file=file, reason=f"not UTF-8; {_hint(raw)}", line=raw.count(b"\n", 0, error.start) + 1
        ) from error
    if "\0" in text:
        raise DocumentInvalidError(file=file, reason="contains NUL: not a text file, or UTF-16; save it as UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _hint(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "it is UTF-16; save it as UTF-8"
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return "save it as UTF-8"
    return "it looks like GBK/GB18030; convert it: iconv -f GB18030 -t UTF-8"


def read_bytes(path: Path) -> bytes:
    """The file, unless it is too large. Raises DocumentInvalidError."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DocumentInvalidError(file=str(path), reason=f"{size} bytes; the limit is {MAX_BYTES}")
        return path.read_bytes()
    except OSError as error:
        raise DocumentInvalidError(file=str(path), reason=f"cannot be read: {error.strerror}") from error


def _name(relative: Path) -> tuple[str, Language | None]:
    """``shop/faq.zh.jsonl`` → ("shop/faq", "zh")."""
    stem = relative.with_suffix("").as_posix()
    if stem.endswith(".zh"):
        return stem[:-3], "zh"
    if stem.endswith(".en"):
        return stem[:-3], "en"
    return stem, None
