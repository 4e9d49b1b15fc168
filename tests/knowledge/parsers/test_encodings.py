"""Which encodings are read, and that no other is guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.knowledge.errors import DocumentInvalidError, Problem
from kefu.knowledge.parsers.encodings import decode
from kefu.knowledge.parsers.source import SourceFile

CHINESE = "退货政策：签收后七天内可以申请退货。\r\n运费由买家承担。"


def source(data: bytes) -> SourceFile:
    return SourceFile(name="a.txt", key="a", data=data)


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("gbk", "GB18030"),
        ("gb2312", "GB18030"),
        ("utf-16", "UTF-16"),
        ("utf-32", "UTF-32"),
    ],
)
def test_what_is_known_is_read_and_named(encoding: str, named: str | None) -> None:
    decoded = decode(source(CHINESE.encode(encoding)))
    assert (decoded.text, decoded.encoding) == (CHINESE.replace("\r\n", "\n"), named)


@pytest.mark.parametrize("text", ["退货", "退貨政策：簽收後七天內可以申請退貨", "OK，可以。"])
def test_short_and_traditional_text_in_gb18030(text: str) -> None:
    assert decode(source(text.encode("gb18030"))).text == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("退貨政策：簽收後七天內可以申請退貨，運費由買家承擔", "big5"),
        ("수령 후 칠 일 이내에 반품을 신청할 수 있습니다", "euc_kr"),
        ("受け取り後七日以内に返品を申請できます", "euc_jp"),
        ("受け取り後七日以内に返品を申請できます", "shift_jis"),
        ("Политика возврата в течение семи дней", "cp1251"),
        ("Rückgabe: für die Größe müssen Sie prüfen", "latin-1"),
        ("นโยบายการคืนสินค้า ภายในเจ็ดวัน", "cp874"),
        ("“quoted” – and dashed", "cp1252"),
    ],
)
def test_other_encodings_are_not_taken_for_chinese(text: str, encoding: str) -> None:
    with pytest.raises(DocumentInvalidError) as caught:
        decode(source(text.encode(encoding)))
    assert caught.value.problem is Problem.UNKNOWN_ENCODING


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    problem: Problem | None = None
    text = ""
    try:
        text = decode(source(data)).text
    except DocumentInvalidError as error:
        problem = error.problem
    assert problem in (None, Problem.UNKNOWN_ENCODING)
    assert not {"\0", "\r"} & set(text)
