"""A folder of files that are hard to read, and what is to come of each."""

import os
from collections.abc import Iterator
from pathlib import Path

from kefu.knowledge.parsers.ocr import is_installed
from tests.support import office

OK = "ok"
CHINESE = "退货政策：签收后七天内可以申请退货，运费由买家承担。请保持商品完好。"
ENGLISH = "Parcels leave our warehouse on the day after payment."
SIZES = [["尺码", "身高"], ["M", "165–170"], ["L", "170–175"]]
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha">'
    + b"".join(
        b'<!ENTITY a%d "%s">' % (n, b"&a%s;" % (str(n - 1).encode() if n > 1 else b"") * 10) for n in range(1, 12)
    )
    + b"]><a>&a11;</a>"
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&x;'
    b"</w:t></w:r></w:p></w:body></w:document>"
)
IMAGE_ONLY = "no_text" if is_installed() else "needs_ocr"

Files = Iterator[tuple[str, bytes, str]]
"""A path, its content, and "ok" or the code of the problem."""


def write_folder(folder: Path) -> dict[str, str]:
    """Make the files; what is to come of each, by path in the folder."""
    expected: dict[str, str] = {}
    for make in (_texts, _pages, _pdfs, _office, _bombs, _tables, _junk):
        for name, content, outcome in make():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            expected[name] = outcome
    for arrange in (_link_outside, _link_to_folder, _link_inside, _pipe, _gone_target):
        expected |= arrange(folder)
    return expected


def _texts() -> Files:
    yield "text/utf8.txt", CHINESE.encode(), OK
    yield "text/utf8-bom.txt", b"\xef\xbb\xbf" + CHINESE.encode(), OK
    yield "text/gbk.txt", CHINESE.encode("gbk"), OK
    yield "text/gb18030.md", f"# 退货\n\n{CHINESE}\U00020000".encode("gb18030"), OK
    yield "text/utf16.txt", CHINESE.encode("utf-16"), OK
    yield "text/utf16-be.txt", b"\xfe\xff" + CHINESE.encode("utf-16-be"), OK
    yield "text/utf16-no-mark.txt", ENGLISH.encode("utf-16-le"), "unknown_encoding"
    yield "text/big5.txt", "退貨政策：簽收後七天內可以申請退貨，運費由買家承擔。".encode("big5"), "unknown_encoding"
    yield (
        "text/shift-jis.txt",
        "受け取り後七日以内に返品を申請できます。送料は購入者負担です".encode("shift_jis"),
        "unknown_encoding",
    )
    yield (
        "text/euc-kr.txt",
        "수령 후 칠 일 이내에 반품을 신청할 수 있습니다. 배송비는 구매자가 부담합니다.".encode("euc_kr"),
        "unknown_encoding",
    )
    yield "text/latin1.txt", "Rückgabe: für die Größe müssen Sie prüfen".encode("latin-1"), "unknown_encoding"
    yield "text/rtl.txt", "سياسة الإرجاع خلال سبعة أيام من الاستلام. מדיניות החזרות: תוך שבעה ימים.".encode(), OK
    yield "text/emoji.txt", "退货 👍🏽 七天内 👨‍👩‍👧 可以 🇨🇳。".encode(), OK
    yield "text/line-ends.txt", b"one line.\r\ntwo lines.\rthree lines.\n", OK
    yield "text/nul.txt", b"one\0two", "unknown_encoding"
    yield "text/empty.txt", b"", "no_text"
    yield "text/spaces.md", b" \n\t\n\xe3\x80\x80\n", "no_text"
    yield f"text/{'长' * 80}.txt", CHINESE.encode(), OK
    yield "/".join(["deep"] * 60) + "/a.txt", ENGLISH.encode(), OK


def _pages() -> Files:
    hidden = f"<p>{ENGLISH}</p><script>evil()</script><p style='display:none'>hidden</p><nav>menu</nav>"
    yield "page/scripts.html", f"<html><body><h1>A</h1>{hidden}</body></html>".encode(), OK
    yield "page/nested.html", b"<div>" * 3_000 + ENGLISH.encode(), OK
    yield "page/gb2312.htm", f"<html><head><meta charset=gb2312></head><body>{CHINESE}</body>".encode("gbk"), OK
    yield "page/only-script.html", b"<html><body><script>x()</script></body></html>", "no_text"
    yield "page/named.txt", f"<!DOCTYPE html><html><body><p>{ENGLISH}</p></body></html>".encode(), OK
    yield "page/named.pdf", b"<!DOCTYPE html><title>Please sign in</title>", "wrong_kind"
    yield "page/rest.docx", ENGLISH.encode(), "wrong_kind"


def _pdfs() -> Files:
    whole = office.pdf("# 尺码", CHINESE, SIZES)
    yield "pdf/table.pdf", whole, OK
    yield "pdf/long.pdf", office.pages(300), OK
    yield "pdf/password.pdf", office.pdf(ENGLISH, password="secret"), "encrypted"
    yield "pdf/truncated.pdf", whole[:300], "damaged"
    yield "pdf/scan.pdf", office.scan(office.png()), IMAGE_ONLY
    yield "pdf/blank.pdf", office.pdf(""), "no_text"
    yield "pdf/named.txt", office.pdf(ENGLISH), OK
    yield "pdf/empty.pdf", b"", "no_text"


def _office() -> Files:
    document = office.saved(office.word("# 退货", CHINESE, "- 打开订单", SIZES))
    book = office.saved(office.workbook({"价目": [["地区", "首重"], ["日本", 75]]}))
    yield "office/plain.docx", document, OK
    yield "office/truncated.docx", document[: len(document) // 2], "damaged"
    yield "office/password.docx", office.protected(), "encrypted"
    yield "office/password.xlsx", office.protected(), "encrypted"
    yield "office/old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000, "unknown_kind"
    yield "office/empty.docx", office.saved(office.word()), "no_text"
    yield "office/no-body.docx", office.repacked(document, {"word/document.xml": b"<a/>"}), "damaged"
    yield "office/named.pdf", document, OK
    yield "office/book.xlsx", book, OK
    yield "office/empty.xlsx", office.saved(office.workbook({"a": []})), "no_text"
    yield "office/truncated.xlsx", book[:-200], "damaged"
    yield "office/broken-part.xlsx", office.repacked(book, {"xl/workbook.xml": b"<workbook"}), "damaged"


def _bombs() -> Files:
    document = office.saved(office.word(ENGLISH))
    book = office.saved(office.workbook({"a": [["b", "c"], [1, 2]]}))
    blank = b" " * 20_000_000
    yield "bomb/ratio.docx", office.repacked(document, {"word/document.xml": b"<a>" + blank + b"</a>"}), "archive_bomb"
    yield "bomb/ratio.xlsx", office.repacked(book, {"xl/sharedStrings.xml": b"<a>" + blank + b"</a>"}), "archive_bomb"
    yield "bomb/parts.docx", office.many_parts(document, 10_001), "archive_bomb"
    yield "bomb/laughs.docx", office.repacked(document, {"word/document.xml": LAUGHS}), "archive_bomb"
    yield "bomb/laughs.xlsx", office.repacked(book, {"xl/workbook.xml": LAUGHS}), "archive_bomb"
    yield "bomb/entity.docx", office.repacked(document, {"word/document.xml": OUTSIDE}), "archive_bomb"
    yield "bomb/nested.docx", office.zipped(inner_zip=office.zipped(a_txt=b"a" * 1_000_000)), "unknown_kind"
    yield "bomb/inside.docx", office.repacked(document, {"word/embeddings/a.zip": office.zipped(a_txt=blank)}), OK


def _tables() -> Files:
    yield "table/faq.csv", f"问题,答案\n能退吗？,{CHINESE}\n".encode("gbk"), OK
    yield "table/rows.csv", b"size;height\nM;165\nL;170\n", OK
    yield "table/large.csv", b"id,size,height\n" + b"".join(b"%d,M%d,%d\n" % (n, n, n) for n in range(200_000)), OK
    yield "table/quotes.csv", b'a,b\n"one,two\nthree', "document_invalid"
    yield "table/ragged.csv", b"a,b\n1,2\n3\n", "document_invalid"
    yield "table/broken.jsonl", b'{"id": "1"}\n', "document_invalid"
    yield "table/half.jsonl", b'{"id": "1", "question": "q", "answer": "\\ud800"}\n', "document_invalid"


def _junk() -> Files:
    random = bytes((n * n * 7 + n // 3) % 256 for n in range(5_000))
    yield "junk/random.txt", random, "unknown_encoding"
    yield "junk/random.docx", random, "wrong_kind"
    yield "junk/random.pdf", b"%PDF-1.7\n" + random, "damaged"
    yield "junk/archive.zip", office.zipped(a_txt=b"a"), "unknown_kind"
    yield "junk/program.md", b"\x7fELF" + random, "unknown_kind"


def _link_outside(folder: Path) -> dict[str, str]:
    target = folder.parent / "secret.txt"
    target.write_text(ENGLISH)
    (folder / "link-out.txt").symlink_to(target)
    return {"link-out.txt": "outside_folder"}


def _link_to_folder(folder: Path) -> dict[str, str]:
    (folder / "loop").symlink_to(folder)
    return {"loop": "outside_folder"}


def _link_inside(folder: Path) -> dict[str, str]:
    (folder / "link-in.md").symlink_to(folder / "text/utf8.txt")
    return {"link-in.md": OK}


def _pipe(folder: Path) -> dict[str, str]:
    os.mkfifo(folder / "pipe.txt")
    return {"pipe.txt": "not_a_file"}


def _gone_target(folder: Path) -> dict[str, str]:
    (folder / "gone.txt").symlink_to(folder / "nothing.txt")
    return {"gone.txt": "unreadable"}
