"""A customer who says anything in any order: seeded, so that a dialogue can be played again by its number."""

import random
from collections.abc import Sequence

from kefu.kit.jsonvalue import as_list, as_object
from kefu.services.evaluation.dialogues.files import TurnScript
from kefu.services.evaluation.dialogues.playing import Played

YES = (
    "确认",
    "好的",
    "嗯 可以",
    "对",
    "提交吧",
    "yes",
    "ok go ahead",
    "confirm",
    "sure",
    "是的 没问题",
    "yep",
    "就这样吧",
)
YES_WORDS = (
    *("确认", "好", "可以", "对", "提交", "行", "嗯", "要", "是", "没问题", "就这样", "没错"),
    "👍",
    *("yes", "ok", "confirm", "sure", "go ahead", "fine", "yep", "correct", "right", "good"),
)
NO = (
    "不了",
    "先别",
    "算了",
    "不对",
    "no",
    "never mind",
    "not yet",
    "cancel",
    "不要了",
    "别提交",
    "no don't",
    "等一下先不要",
)
"""Whoever says one of these has not said yes in that turn, whatever stands beside it."""
TORN = (
    *(
        "确认 不对 等等",
        "yes, no, wait",
        "好的，运费谁出？",
        "可以吗",
        "确认吗？",
        "嗯…我想想",
        "ok but change the card",
    ),
    *(
        "好 不 算了",
        "确认…哦不 先别",
        "yes - actually no",
        "对 但是先别提交",
        "可以是可以，不过再等等",
        "sure, but wait",
        "no yes no",
    ),
)
"""No yes either: it is taken back, asked about, or tied to something else."""
CORRECTIONS = (
    *(
        "不对，是W2378156",
        "改成余额吧",
        "等等 温控器也要",
        "手机号改成13900001111",
        "换成公司抬头",
        "第一题改成三年以上",
    ),
    *("actually make it the original card", "I meant W9999999", "sorry, tomorrow", "question 2 should be none"),
    *(
        "不是这个订单，是W6660006那个",
        "地址写错了 是北京市海淀区中关村大街1号",
        "原因改成坏了",
        "no not the keyboard, the thermostat",
    ),
    *(
        "日期改到周五",
        "make it two pieces",
        "尾号5678那张 不是工资卡",
        "邮箱是wang@example.com才对",
        "change the time to 9am",
    ),
)
QUESTIONS = (
    *(
        "运费谁出？",
        "退款多久到账",
        "保修多久啊",
        "how long does delivery take?",
        "佣金是多少",
        "你们几点下班",
        "补卡收费吗",
    ),
    *("what does an exchange cost", "is there a fee?", "你是机器人吗", "do you ship to Hong Kong?"),
)
NONSENSE = (
    *(
        "asdf",
        "？？？",
        "👍",
        "。。。",
        "哈哈哈",
        "12",
        "今天天气不错",
        "lorem ipsum",
        "的",
        "null",
        "{order}",
        " ",
        "0",
        "$order",
        "是不是",
    ),
    *(
        "true",
        "None",
        "<b>yes</b>",
        "flow:yes",
        "确认订单页面在哪",
        "yes minister is a good show",
        "好奇怪",
        "对面楼下的快递柜",
    ),
)
FOREIGN = ("W0000000", "W8888888", "W1234567")
"""Orders of other people."""
TRESPASS = (
    *(
        "退W8888888",
        "我朋友的订单W1234567帮我取消",
        "return order W8888888 for my wife",
        "换成W0000000",
        "不对 是W8888888",
    ),
    *("把别人的卡冻结", "尾号0000的卡", "cancel W1234567", "给W0000000开票", "freeze the card ending 4321", "W8888888"),
)
SPEECH = (
    "speak english please",
    "用中文",
    "请说英文",
    "in chinese please",
    "再说一遍",
    "what did you say",
    "跳过",
    "skip",
    "back",
    "重来",
)
ANSWERS = (
    *("W2378156", "W9999999", "W6660006", "W5550001", "W1111111", "第一个", "the second one", "全部", "键盘", "太小了"),
    *(
        "broken",
        "没有照片",
        "卡",
        "余额",
        "个人",
        "company",
        "上海云帆科技有限公司",
        "li@qq.com",
        "13812345678",
        "不想要了",
    ),
    *(
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
    ),
    *(
        "at the gym",
        "ordered by mistake",
        "22 Baker Street, London",
        "card",
        "savings card",
        "Mary Jones",
        "account",
        "both",
    ),
)
TEMPERS = {
    "steady": (ANSWERS, ANSWERS, ANSWERS, YES, CORRECTIONS, QUESTIONS),
    "contrary": (YES, NO, TORN, CORRECTIONS, ANSWERS, ANSWERS, NO),
    "hasty": (YES, YES, ANSWERS, ANSWERS, CORRECTIONS, TORN),
    "lost": (NONSENSE, QUESTIONS, ANSWERS, SPEECH, ANSWERS, TORN),
    "trespassing": (TRESPASS, TRESPASS, YES, ANSWERS, ANSWERS, CORRECTIONS),
    "mixed": (YES, YES, NO, CORRECTIONS, QUESTIONS, NONSENSE, TORN, TRESPASS, SPEECH, ANSWERS, ANSWERS, ANSWERS),
}
AT_A_PREVIEW = (YES, YES, YES, NO, TORN, CORRECTIONS, CORRECTIONS, TRESPASS, QUESTIONS, NONSENSE)
DELAYS = ("10s", "1m", "1m", "5m", "20m", "40m", "2h")
PRESSED, AT_WAITING, NEW_WISH = 0.25, 0.75, 0.87


class RandomUser:
    """Says the next thing: often an answer to what is asked, by a button or in words, otherwise anything.

    Each has a temper. Some cut their messages in pieces, say two things at once, or press a button while typing.
    """

    def __init__(self, seed: int, wishes: Sequence[str]) -> None:
        self._random = random.Random(seed)
        self._wishes = wishes
        self._temper = TEMPERS[self._random.choice(tuple(TEMPERS))]
        self._splits = self._random.choice((0.0, 0.15, 0.5))

    def begin(self) -> TurnScript:
        return TurnScript(user=self._broken([self._wish()]))

    def say(self, last: Played) -> TurnScript:
        after = self._random.choice(DELAYS)
        replies = [str(as_object(one)["choice"]) for one in as_list(as_object(last.ending["reply"])["quick_replies"])]
        chance = self._random.random()
        if replies and chance < PRESSED:
            return TurnScript(press=self._random.choice(replies), after=after)
        if chance > NEW_WISH:
            return TurnScript(user=self._broken([self._wish(), *self._some(self._temper, (0, 0, 1))]), after=after)
        banks = AT_A_PREVIEW if last.dialogue.pending is not None and chance < AT_WAITING else self._temper
        return TurnScript(user=self._broken(self._some(banks, (1, 1, 1, 2, 3))), after=after)

    def _wish(self) -> str:
        """How a dialogue begins; sometimes two in one breath."""
        wish = self._random.choice(self._wishes)
        if self._random.random() < 0.1:
            wish = f"{wish}{self._random.choice(('，顺便', '，另外', ' and also ', '；'))}{self._random.choice(self._wishes)}"
        return wish

    def _some(self, banks: Sequence[Sequence[str]], counts: Sequence[int]) -> list[str]:
        return [self._random.choice(self._random.choice(banks)) for _ in range(self._random.choice(counts))]

    def _broken(self, texts: list[str]) -> tuple[str, ...]:
        """As several messages, some of them cut in the middle of what they say."""
        pieces: list[str] = []
        for text in texts:
            place = self._random.randrange(1, len(text)) if len(text) > 3 else 0
            is_cut = place > 0 and self._random.random() < self._splits
            pieces.extend((text[:place], text[place:]) if is_cut else (text,))
        return tuple(pieces)
