"""Documents back to files that give the same text when they are read again.

A page's reading text has no markup left, so what would be markup is escaped, and headings are made again from the paths of
its chunks. Each file is read back as a check; a page whose text cannot be told in Markdown without loss (rare: odd white
space) becomes one code block, which keeps every character and loses the headings.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from kefu.domain.knowledge import Document, Risk, Term
from kefu.knowledge.documents import read_page
from kefu.knowledge.errors import DocumentInvalidError

_MARKUP = re.compile(r"([\\`*_\[\]<>&#|~!])")
_LINE_START = re.compile(r"^(\s*)(?:([-+=])|(\d{1,9})([.)]))(?=\s|$|[-+=])")
_LIST = re.compile(r"^(\s*)(-|\d{1,9}\.) (.*)$", re.DOTALL)
_UNSAFE = re.compile(r"[^\w.-]+")
_LONGEST_NAME = 80
_FENCE = re.compile(r"`+")


@dataclass(frozen=True, slots=True)
class PageFile:
    """``is_plain``: the text is in one code block, without headings."""

    text: str
    is_plain: bool


def to_markdown(document: Document, headings: Mapping[str, int]) -> PageFile:
    """A page with its front matter. ``headings``: levels (2 and deeper) of the lines that are headings."""
    front = _front_matter(document)
    body = "\n\n".join(_groups(document, headings))
    if _reads_back(document, f"{front}{body}\n"):
        return PageFile(f"{front}{body}\n", is_plain=False)
    fence = "`" * max(3, 1 + max((len(run) for run in _FENCE.findall(document.text)), default=0))
    return PageFile(f"{front}{fence}\n{document.text}\n{fence}\n", is_plain=True)


def to_faq_line(document: Document, questions: Sequence[str]) -> str:
    """One line of JSON for a FAQ entry."""
    fields: dict[str, object] = {
        "key": document.key,
        "question": questions[0] if questions else document.title,
        "alternatives": list(questions[1:]),
        "answer": document.text,
        "lang": document.language,
        "title": document.title,
        **_attributes(document),
    }
    plain = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in fields.items()}
    return json.dumps(plain, ensure_ascii=False)


def to_term_line(term: Term) -> str:
    fields = {"text": term.text, "synonyms": list(term.synonyms), "kind": term.kind.value, "lang": term.language}
    return json.dumps(fields, ensure_ascii=False)


def file_name(document: Document) -> str:
    """Where a page is written, under the folder of pages: its key as far as file systems bear it. Not unique."""
    parts = [_UNSAFE.sub("_", part).strip("._")[:_LONGEST_NAME] or "_" for part in document.key.split("/")]
    return f"{'/'.join(parts)}.{document.language}{'.draft' if document.is_draft else ''}.md"


def _front_matter(document: Document) -> str:
    fields = {"key": document.key, "title": document.title, "lang": document.language, **_attributes(document)}
    return f"---\n{yaml.safe_dump(fields, allow_unicode=True, sort_keys=False)}---\n\n"


def _attributes(document: Document) -> dict[str, object]:
    """What is noted; nothing for what is not."""
    attributes, dates = document.attributes, document.attributes.availability
    noted: dict[str, object] = {
        "status": "draft" if document.is_draft else None,
        "valid_from": dates.valid_from,
        "valid_until": dates.valid_until,
        "segments": sorted(dates.segments),
        "tags": list(attributes.tags),
        "owner": attributes.owner,
        "origin": attributes.origin,
        "risk": attributes.risk.value if attributes.risk is not Risk.GENERAL else None,
    }
    return {name: value for name, value in noted.items() if value}


def _groups(document: Document, headings: Mapping[str, int]) -> Iterator[str]:
    for group in document.text.split("\n\n"):
        if group == document.title:
            yield f"# {_escaped(group)}"
        elif group in headings and "\n" not in group:
            yield f"{'#' * min(6, headings[group])} {_escaped(group)}"
        else:
            yield _block(group)


def _block(group: str) -> str:
    lines = group.split("\n")
    items = [_LIST.match(line) for line in lines]
    if all(items):
        return "\n".join(f"{match[1]}{match[2]} {_escaped(match[3])}" for match in items if match)
    return "\\\n".join(_LINE_START.sub(_unlisted, _escaped(line)) for line in lines)


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)


def _unlisted(match: re.Match[str]) -> str:
    """A line of a paragraph that begins as a list item would."""
    return f"{match[1]}\\{match[2]}" if match[2] else f"{match[1]}{match[3]}\\{match[4]}"


def _reads_back(document: Document, source: str) -> bool:
    try:
        read = read_page(source, file=document.key, key=document.key).draft
    except DocumentInvalidError:
        return False
    same = read.key, read.title, read.language, read.text, read.attributes
    return same == (document.key, document.title, document.language, document.text, document.attributes)
