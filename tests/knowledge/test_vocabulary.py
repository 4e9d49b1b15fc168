"""Built-in terms and a workspace's own are one vocabulary."""

import pytest

from kefu.domain.knowledge import Term, TermKind
from kefu.knowledge.errors import DocumentInvalidError
from kefu.knowledge.term_files import read_lines, read_rows
from kefu.knowledge.tokens import analyse
from kefu.knowledge.vocabulary import built_in, to_vocabulary


def test_without_own_terms_the_vocabulary_is_shared() -> None:
    assert to_vocabulary("zh", [Term("en", "AirDry")]) is built_in("zh")


def test_own_words_are_not_cut_apart() -> None:
    own = to_vocabulary("zh", [Term("zh", "焕颜精华"), Term("zh", "前付")])
    assert "焕颜精华" in own.cut("我要买焕颜精华液")
    assert own.cut("可以提前付款吗") == built_in("zh").cut("可以提前付款吗")
    assert "前付" in own.cut("前付吗")
    assert "".join(own.cut("我要买焕颜精华液")) == "我要买焕颜精华液"


def test_own_synonyms_meet() -> None:
    own = to_vocabulary("zh", [Term("zh", "焕颜精华", ("小金瓶",))])
    one, other = analyse("焕颜精华", own), analyse("小金瓶", own)
    assert "§焕颜精华" in one.words
    assert "§焕颜精华" in other.words


def test_an_own_term_joins_the_group_that_it_shares_a_phrase_with() -> None:
    own = to_vocabulary("en", [Term("en", "courier charge", ("postage", "bike money"))])
    assert own.concepts(["bike", "money"]) == ["§shipping fee"]
    assert built_in("en").concepts(["bike", "money"]) == []


def test_a_pronoun_may_stand_inside_an_english_phrase() -> None:
    assert "§return" in analyse("do i have to pay for sending it back?", built_in("en")).words
    assert "§return" not in analyse("is it back", built_in("en")).words


def test_kinds_are_found_in_text() -> None:
    assert [(text, kind) for *_, text, kind in built_in("zh").kinds("那境外和会员呢")] == [
        ("境外", TermKind.PLACE),
        ("会员", TermKind.PEOPLE),
    ]
    own = to_vocabulary("en", [Term("en", "Air Dry 3000", kind=TermKind.PRODUCT)])
    assert [text for *_, text, kind in own.kinds("is the air dry 3000 loud") if kind is TermKind.PRODUCT] == [
        "air dry 3000"
    ]


def test_a_question_of_own_words_alone_is_not_drowned() -> None:
    own = to_vocabulary("zh", [Term("zh", "保修", ("青松计划",))])
    assert analyse("青松计划", own, is_query=True).pairs == ["§质保"]
    assert "青松" in analyse("青松计划", own).pairs


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name\nx\n", ":1: the first line must name the columns"),
        ("text,kind\n花呗,colour\n", ":2: kind must be one of"),
        ("text\n花呗,x\n", ":2: more columns"),
        ("text,synonyms\n花呗,？？\n", ":2: a term has letters"),
        ("text,lang\n# a remark\nrefund,fr\n", ":3: lang must be zh or en"),
        (f"text\n{'长' * 61}\n", ":2: a term has letters"),
    ],
)
def test_a_bad_row_is_named_by_its_line(text: str, reason: str) -> None:
    with pytest.raises(DocumentInvalidError, match=f"terms.csv{reason}"):
        read_rows(text, file="terms.csv")


def test_lines_are_read_like_rows() -> None:
    lines = read_lines('{"text": "花呗", "synonyms": ["蚂蚁花呗"], "kind": "payment"}\n', file="t.jsonl")
    assert lines == read_rows("text,synonyms,kind\n花呗,蚂蚁花呗,payment\n", file="t.csv")
    with pytest.raises(DocumentInvalidError, match="synonyms must be a list"):
        read_lines('{"text": "x", "synonyms": 3}', file="t.jsonl")
    with pytest.raises(DocumentInvalidError, match="not JSON"):
        read_lines("{", file="t.jsonl")
