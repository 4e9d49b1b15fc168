"""A customer who says anything in any order: nothing is ever written that was not shown before and then confirmed.

The user is random but seeded: a dialogue that breaks the rule is played again by its number.
"""

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from kefu.dialogue.flows.state import DialogueState
from kefu.dialogue.tools.admission import hash_of
from kefu.kit.jsonvalue import as_list, as_object
from kefu.services.evaluation.dialogues.checking import commands_of
from kefu.services.evaluation.dialogues.files import Dialogue, DialogueScript, TurnScript, said
from kefu.services.evaluation.dialogues.playing import Played, Player
from tests.dialogues.stages import FOLDER, SETUPS, dialogues, factory, staging

COUNT = int(os.environ.get("KEFU_TEST_RANDOM_DIALOGUES", "60"))
BATCHES = 10
LONGEST = 9
LIKELY_ANSWER = 0.75

YES = ("确认", "好的", "嗯 可以", "对", "提交吧", "yes", "ok go ahead", "confirm", "sure")
YES_WORDS = (
    "确认",
    "好",
    "可以",
    "对",
    "提交",
    "行",
    "嗯",
    "yes",
    "ok",
    "confirm",
    "sure",
    "go ahead",
    "fine",
    "要",
    "是",
)
NO = ("不了", "先别", "算了", "不对", "no", "never mind", "not yet", "cancel", "不要了")
CORRECTIONS = (
    "不对，是W2378156",
    "改成余额吧",
    "等等 温控器也要",
    "手机号改成13900001111",
    "actually make it the original card",
    "I meant W9999999",
    "sorry, tomorrow",
    "换成公司抬头",
    "第一题改成三年以上",
    "question 2 should be none",
)
QUESTIONS = ("运费谁出？", "退款多久到账", "保修多久啊", "how long does delivery take?", "佣金是多少", "你们几点下班")
NONSENSE = (
    "asdf",
    "？？？",
    "👍",
    "。。。",
    "哈哈哈",
    "12",
    "W0000000",
    "今天天气不错",
    "lorem ipsum",
    "的",
    "null",
    "{order}",
    " ",
)
BOTH = (
    "确认 不对 等等",
    "yes, no, wait",
    "好的，运费谁出？",
    "可以吗",
    "确认吗？",
    "嗯…我想想",
    "不是不行",
    "ok but change the card",
)
ANSWERS = (
    "W2378156",
    "W9999999",
    "W6660006",
    "第一个",
    "the second one",
    "全部",
    "键盘",
    "太小了",
    "broken",
    "没有照片",
    "卡",
    "余额",
    "个人",
    "company",
    "上海云帆科技有限公司",
    "li@qq.com",
    "13812345678",
    "上海市徐汇区漕溪路8号",
    "1",
    "明天",
    "下午3点",
    "XL",
    "王小明",
    "基金",
    "工资卡",
    "昨天",
    "两年",
    "10%以内",
    "不用",
    "at the gym",
)
KINDS = (YES, YES, NO, CORRECTIONS, QUESTIONS, NONSENSE, BOTH, ANSWERS, ANSWERS, ANSWERS)


@dataclass(frozen=True, slots=True)
class Shown:
    """What waited for a confirmation after a turn: the action, and the hash of its arguments."""

    id: str
    tool: str
    arguments_hash: str


class RandomUser:
    """Says the next thing: often an answer to what is asked, by a button or in words, otherwise anything."""

    def __init__(self, seed: int, wishes: Sequence[str]) -> None:
        self._random = random.Random(seed)
        self._wishes = wishes

    def begin(self) -> TurnScript:
        return TurnScript(user=self._random.choice(self._wishes))

    def say(self, last: Played) -> TurnScript:
        after = self._random.choice(("10s", "1m", "1m", "5m", "40m", "2h"))
        replies = [str(as_object(one)["choice"]) for one in as_list(as_object(last.ending["reply"])["quick_replies"])]
        chance = self._random.random()
        if replies and chance < 0.3:
            return TurnScript(press=self._random.choice(replies), after=after)
        if last.dialogue.pending is not None and chance < LIKELY_ANSWER:
            return TurnScript(
                user=self._random.choice(self._random.choice((YES, YES, NO, CORRECTIONS, BOTH))), after=after
            )
        if chance > 0.9:
            return TurnScript(user=self._random.choice(self._wishes), after=after)
        texts = [self._random.choice(self._random.choice(KINDS)) for _ in range(self._random.choice((1, 1, 1, 2)))]
        return TurnScript(user=tuple(texts), after=after)


def wishes_of(setup: str) -> list[str]:
    """How the dialogues of a setup begin."""
    first = [one.script.turns[0].user for one in dialogues() if one.folder.name == setup]
    return [text if isinstance(text, str) else " ".join(text) for text in first if text]


def make_dialogue(setup: str, seed: int) -> Dialogue:
    like = next(one for one in dialogues() if one.folder.name == setup)
    script = DialogueScript(
        dialogue=f"random_{seed}", topic="random", language="zh" if seed % 2 else "en", turns=(TurnScript(user="?"),)
    )
    return Dialogue(script, like.setup, FOLDER / setup, like.file)


async def play_at_random(setup: str, seed: int) -> None:
    dialogue = make_dialogue(setup, seed)
    player = Player(factory().rehearsal_engine, staging().stage(dialogue), dialogue, strings=factory().strings)
    user = RandomUser(seed, wishes_of(setup))
    shown: Shown | None = None
    turn, story = user.begin(), []
    try:
        for _ in range(LONGEST):
            texts = (turn.user,) if isinstance(turn.user, str) else turn.user
            played = await player.play(turn, texts)
            story.append(f"{turn.press or ' | '.join(texts)} → {as_object(played.ending['reply'])['text']}")
            check(played, turn, shown, story)
            shown = waiting(played.dialogue)
            turn = user.say(played)
    finally:
        await player.aclose()


def check(played: Played, turn: TurnScript, shown: Shown | None, story: list[str]) -> None:
    """Something is said; and what was written is what was shown before, word for word, and has a yes in this turn."""
    told = "\n".join(story)
    assert str(as_object(played.ending["reply"])["text"]).strip(), f"nothing was said\n{told}"
    assert len(played.writes) <= 1, f"one confirmation wrote twice\n{told}"
    for tool, arguments in played.writes:
        assert shown is not None, f"{tool} was written, and nothing had waited for it\n{told}"
        written = hash_of(tool, arguments)
        assert (shown.tool, shown.arguments_hash) == (tool, written), f"{tool}({arguments}) was not shown\n{told}"
        assert "Affirm" in commands_of(played), f"{tool} was written without a command that confirms\n{told}"
        assert says_yes(turn), f"{tool} was written, and nobody had said yes\n{told}"


def says_yes(turn: TurnScript) -> bool:
    """Judged by words alone, without the assistant's own reading."""
    text = " ".join(said(turn)).lower()
    return turn.press == "flow:yes" or any(word in text for word in YES_WORDS)


def waiting(dialogue: DialogueState) -> Shown | None:
    pending = dialogue.pending
    return None if pending is None else Shown(pending.id, pending.tool, pending.arguments_hash)


@pytest.mark.parametrize("setup", SETUPS)
@pytest.mark.parametrize("batch", range(BATCHES))
async def test_no_random_customer_makes_it_write_unconfirmed(setup: str, batch: int) -> None:
    count = COUNT // (BATCHES * len(SETUPS))
    for number in range(count):
        await play_at_random(setup, batch * count + number)
