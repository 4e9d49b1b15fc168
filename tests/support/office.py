"""Files of other programs, made on the fly: PDF, DOCX, XLSX, archives that are bombs, images."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence

import docx
import openpyxl
import pypdfium2  # type: ignore[import-untyped]
from docx.document import Document as WordDocument
from reportlab.lib import colors  # type: ignore[import-untyped]
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.lib.pdfencrypt import StandardEncryption  # type: ignore[import-untyped]
from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped]
from reportlab.lib.utils import ImageReader  # type: ignore[import-untyped]
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table  # type: ignore[import-untyped]

SONG = "STSong-Light"
pdfmetrics.registerFont(UnicodeCIDFont(SONG))
BODY = ParagraphStyle("body", fontName=SONG, fontSize=10, leading=14, wordWrap="CJK")
HEADING = ParagraphStyle("heading", parent=BODY, fontSize=16, leading=22)
GRID = [("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("FONT", (0, 0), (-1, -1), SONG, 10)]


def pdf(*parts: str | Sequence[Sequence[str]], password: str = "", spans: Sequence[tuple[object, ...]] = ()) -> bytes:
    """``# text`` is a heading, other text a paragraph, rows a ruled table."""
    buffer = io.BytesIO()
    story = [
        Table([[*row] for row in part], style=[*GRID, *spans])
        if not isinstance(part, str)
        else Paragraph(part.removeprefix("# "), HEADING if part.startswith("# ") else BODY)
        for part in parts
    ]
    encrypt = StandardEncryption(password, strength=128) if password else None
    SimpleDocTemplate(buffer, pagesize=A4, encrypt=encrypt).build(story)
    return buffer.getvalue()


def pages(count: int) -> bytes:
    """A running title, a paragraph and a page number on each page."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    for number in range(1, count + 1):
        canvas.setFont("Helvetica", 10)
        canvas.drawString(60, 815, "Acme handbook")
        canvas.drawString(60, 700, f"Rule {number} says that parcel class {number} ships within {number} days.")
        canvas.drawString(290, 25, f"Page {number} of {count}")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def scan(image: bytes) -> bytes:
    """A PDF of one page that is nothing but an image."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    canvas.drawImage(ImageReader(io.BytesIO(image)), 40, 400, width=500, height=125)
    canvas.save()
    return buffer.getvalue()


def png(width: int = 400, height: int = 100, *, dot: int = 0) -> bytes:
    """A white image, or one of another grey."""
    rows = b"".join(b"\0" + bytes([255 - dot]) * width for _ in range(height))

    def part(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")


def word(*parts: str | Sequence[Sequence[str]]) -> WordDocument:
    """``# text`` is a heading, ``- text`` an item, ``1. text`` a numbered one, rows a table."""
    document = docx.Document()
    for part in parts:
        if not isinstance(part, str):
            table = document.add_table(rows=0, cols=len(part[0]))
            for row in part:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
        elif part.startswith("#"):
            level = len(part) - len(part.lstrip("#"))
            document.add_heading(part.lstrip("# "), level)
        elif part.startswith(("- ", "1. ")):
            style = "List Bullet" if part.startswith("- ") else "List Number"
            document.add_paragraph(part.split(" ", 1)[1], style=style)
        else:
            document.add_paragraph(part)
    return document


def saved(document: WordDocument | openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    del book[book.sheetnames[0]]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([*row])
    return book


def repacked(archive: bytes, changes: Mapping[str, bytes]) -> bytes:
    """The same archive with some parts replaced or added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, content in changes.items():
            new.writestr(name, content)
    return buffer.getvalue()


def many_parts(archive: bytes, count: int) -> bytes:
    return repacked(archive, {f"x/{number}.bin": b"" for number in range(count)})


def zipped(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


def protected() -> bytes:
    """The frame of a DOCX or XLSX with a password: a compound file with a stream named EncryptedPackage."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
    names = [
        name.encode("utf-16-le").ljust(128, b"\0") for name in ("Root Entry", "EncryptionInfo", "EncryptedPackage")
    ]
    return head + b"".join(names) + b"\0" * 4096


def picture_of(text: str) -> bytes:
    """A PNG with a line of text, drawn by PDFium."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(500, 125))
    canvas.setFont("Helvetica", 32)
    canvas.drawString(30, 50, text)
    canvas.save()
    page = pypdfium2.PdfDocument(buffer.getvalue())[0]
    image = io.BytesIO()
    page.render(scale=2).to_pil().save(image, "PNG")
    return image.getvalue()
