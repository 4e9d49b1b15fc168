"""What a waiting customer is told: only what is known."""

from datetime import UTC, datetime, timedelta

import pytest

from kefu.dialogue.outlook import Outlook, tell_place, tell_queued
from kefu.domain.conversation import Language
from kefu.kit.strings import Strings

STRINGS = Strings.load("kefu.dialogue")
PROMISED = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)


def outlook(
    *, wait: timedelta | None = None, promised: bool = False, is_open: bool = True, is_staffed: bool = True
) -> Outlook:
    return Outlook(3, wait, is_open, is_staffed, PROMISED if promised else None, "Asia/Shanghai")


@pytest.mark.parametrize(
    ("given", "language", "told"),
    [
        (outlook(), "zh", "您排在人工客服队列的第 3 位。"),
        (outlook(), "en", "You are number 3 in line for a person."),
        (outlook(wait=timedelta(minutes=4, seconds=40)), "zh", "您排在人工客服队列的第 3 位，最近的等待时间约 5 分钟。"),
        (outlook(wait=timedelta(seconds=2)), "en", "You are number 3 in line for a person; the wait has lately been about 1 min."),
        (outlook(promised=True), "zh", "人工客服会在12月1日 10:00前回复您。"),
        (outlook(promised=True), "en", "A person will answer you by 10:00 on 1 December (Asia/Shanghai time)."),
    ],
)  # fmt: skip
def test_the_place(given: Outlook, language: Language, told: str) -> None:
    assert tell_place(given, STRINGS, language) == told


def test_joining_says_the_place_only_when_somebody_is_there() -> None:
    assert "第 3 位" in tell_queued(outlook(), STRINGS, "zh")
    assert "第 3 位" not in tell_queued(outlook(is_staffed=False), STRINGS, "zh")
    assert "非服务时间" in tell_queued(outlook(promised=True, is_open=False, is_staffed=False), STRINGS, "zh")
    closed = tell_queued(outlook(promised=True, is_staffed=False), STRINGS, "en")
    assert "Nobody is online right now; we will answer you here by 10:00 on 1 December" in closed
