"""``python -m benchmarks.flows_scale``: a workspace with many flows: a turn without a model, and reading values out of a message.

The flows are made by a seeded generator (verbs by things, in two languages), the classifier is trained on their examples as
in a workspace. Times are those of the processor, so that a busy machine moves them little; the floor is measured in the same run.
"""

import argparse
import asyncio
import itertools
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from benchmarks import report
from benchmarks.figures import Row, p50, p95
from benchmarks.report import Report
from kefu.config import Settings
from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.flows.loading import load_flow
from kefu.dialogue.slots import SlotContext, SlotType, read_anywhere
from kefu.dialogue.slots.hearing import Hearing
from kefu.factory import Factory
from kefu.kit.text import Normalised, detect_language, normalise
from kefu.services.evaluation.answers import CorpusDocument, index_corpus
from kefu.services.evaluation.dialogues.files import Dialogue, DialogueScript, ScriptedTool, Setup, TurnScript
from kefu.services.evaluation.dialogues.playing import Player
from kefu.services.evaluation.dialogues.staging import Stage
from kefu.services.flow_training import FlowClassifiers, examples_of

TURNS, READING = "many flows: one turn without a model", "reading values: one message of 90 to 180 characters"
_VERBS = (
    *(
        ("取消", "cancel"),
        ("修改", "change"),
        ("查询", "look up"),
        ("申请", "apply for"),
        ("退", "return"),
        ("更换", "exchange"),
    ),
    *(
        ("预约", "book"),
        ("冻结", "freeze"),
        ("开通", "activate"),
        ("延长", "extend"),
        ("转让", "transfer"),
        ("补办", "replace"),
    ),
    *(
        ("投诉", "complain about"),
        ("绑定", "link"),
        ("打印", "print"),
        ("升级", "upgrade"),
        ("暂停", "pause"),
        ("恢复", "resume"),
    ),
    *(("核对", "check"), ("分期", "split"), ("登记", "register"), ("合并", "merge")),
)
_THINGS = (
    *(
        ("订单", "order"),
        ("发票", "invoice"),
        ("银行卡", "bank card"),
        ("会员", "membership"),
        ("安装", "installation"),
    ),
    *(("保险", "insurance"), ("账单", "bill"), ("合同", "contract"), ("包裹", "parcel"), ("套餐", "plan")),
)
_SAID = {
    "zh": ("我要{0}{1}", "帮我{0}一下{1}", "{1}能{0}吗 帮我办", "想{0}{1}", "麻烦{0}{1}", "{0}{1}", "我的{1}要{0}", "{1}怎么{0} 我要办"),
    "en": ("I want to {0} my {1}", "please {0} the {1}", "{0} {1}", "can you {0} my {1}", "I need to {0} a {1}", "help me {0} the {1}", "{0} the {1} please", "I'd like to {0} my {1}"),
}  # fmt: skip
_ASKED = {
    "zh": ("{0}{1}要多久", "{0}{1}收费吗", "{0}{1}的规定是什么"),
    "en": ("how long does it take to {0} a {1}", "is there a fee to {0} a {1}", "what are the rules to {0} a {1}"),
}
_FLOW = """
flow: flow_{number}
version: 1
title: {{zh: {zh}, en: {en}}}
start:
  examples: {{zh: {said_zh}, en: {said_en}}}
  not_examples: {{zh: {asked_zh}, en: {asked_en}}}
slots:
  order: {{type: order_ref, choices: {{tool: list_my_orders, label: "{{id}}"}}, pattern: "W[0-9]{{7}}", ask: {{zh: 哪一笔？, en: "Which one?"}}, keep: conversation}}
  day: {{type: date, direction: future, ask: {{zh: 哪天？, en: "On which day?"}}}}
  mobile: {{type: mobile, ask: {{zh: 手机号？, en: "Which number?"}}}}
steps:
  - collect: [order, day, mobile]
  - call: {{tool: do_it, args: {{order_id: $order, day: $day, mobile: $mobile}}, as: done}}
"""
_KINDS = (
    SlotType("order_id", pattern=r"#?W\d{7}"),
    *(SlotType(kind) for kind in ("email", "mobile", "address", "name", "money", "percent", "datetime", "date")),
    *(SlotType(kind) for kind in ("duration", "height", "weight", "quantity")),
)
_LONG = {
    "zh": "您好，我{day}在你们店里买了{count}双鞋，订单号是W23{number}，花了{money}块钱，收货地址是上海市徐汇区漕溪路{count}号，手机号139{number}000，鞋底已经开胶了，我身高一米七五，平时穿42码，麻烦尽快帮我处理一下好吗，谢谢",
    "en": "Hi, {day} I bought {count} pairs of shoes for {money} dollars, the order is W23{number} and it came to 12 Green Hill Road, London; my phone is 139{number}000 and the sole is broken, so please help.",
}
_WARM_UP = 10


def make_flows(count: int) -> dict[str, Flow]:
    """Deterministic; at most verbs by things."""
    pairs = list(itertools.product(_VERBS, _THINGS))
    random.Random(7).shuffle(pairs)
    return {f"flow_{number}": _to_flow(number, *pair) for number, pair in enumerate(pairs[:count])}


def _to_flow(number: int, verb: tuple[str, str], thing: tuple[str, str]) -> Flow:
    lists = {
        f"{name}_{language}": [text.format(verb[place], thing[place]) for text in texts[language]]
        for name, texts in (("said", _SAID), ("asked", _ASKED))
        for place, language in enumerate(("zh", "en"))
    }
    shown = {name: "[" + ", ".join(f'"{text}"' for text in texts) + "]" for name, texts in lists.items()}
    text = _FLOW.format(number=number, zh=f"{verb[0]}{thing[0]}", en=f"{verb[1].capitalize()} a {thing[1]}", **shown)
    return load_flow(text, file=f"flow_{number}.yaml")


def _messages(flows: Mapping[str, Flow], count: int) -> Iterator[list[str]]:
    """Short dialogues: a wish in words that are no example, values, a question beside it, a correction, an end."""
    draw = random.Random(11)
    for number in range(count):
        flow = draw.choice(list(flows.values()))
        if number % 2:
            yield [
                f"你好，{flow.title.zh}这个事麻烦您办下，W2378156那个",
                "周五吧",
                "这个要收费吗？",
                "13812345678",
                "不对 是13912345678",
                "算了",
            ]
        else:
            yield [f"hello there, {flow.title.en.lower()} for me, it's W2378156", "on Friday", "is there a fee?", "13812345678", "sorry, 13912345678", "never mind"]  # fmt: skip


async def measure(count: int, dialogues: int) -> list[Row]:
    factory = Factory(Settings.load())
    flows = make_flows(count)
    with TemporaryDirectory() as empty:  # trained, not read
        begun = time.process_time()
        classifier = FlowClassifiers(Path(empty), embedder=factory.embedder).get(examples_of(flows))
        trained = time.process_time() - begun
    index = index_corpus([CorpusDocument("fees", "Fees", "# Fees\n## 收费\n不收费。")], embedder=factory.embedder)
    stage = Stage(flows, index, classifier, {})
    floor = _times(
        lambda text: factory.embedder.embed_now(text, side="passage"), [flow.title.zh for flow in flows.values()]
    )
    took, known = await _play(factory, stage, list(_messages(flows, dialogues)))
    least = p50(floor)
    labels = {"flows": str(count)}
    turns = {
        "turns": len(took), "p50 cpu_ms": p50(took), "p95 cpu_ms": p95(took), "floor_ms": least, "over floor_x": p50(took) / least,
        "right flow_share": known, "training cpu_s": trained,
    }  # fmt: skip
    return [Row(TURNS, labels, turns), *_reading()]


async def _play(factory: Factory, stage: Stage, scripts: Sequence[list[str]]) -> tuple[list[float], float]:
    """Milliseconds of the processor for each turn, and how often the first message opened a flow."""
    setup = Setup(
        tools={
            "list_my_orders": ScriptedTool(gives={"orders": [{"id": "W2378156"}, {"id": "W9999999"}]}),
            "do_it": ScriptedTool(effect="write", arguments=("order_id", "day", "mobile"), gives={"id": "D1"}),
        }
    )
    took: list[float] = []
    opened = 0
    for number, texts in enumerate(scripts):
        script = DialogueScript(dialogue=f"d{number}", topic="speed", language="zh" if number % 2 else "en", turns=())
        dialogue = Dialogue(script, setup, Path(), Path())
        player = Player(factory.rehearsal_engine, stage, dialogue, strings=factory.strings)
        for place, text in enumerate(texts):
            begun = time.process_time()
            played = await player.play(TurnScript(user=text), [text])
            took.append((time.process_time() - begun) * 1_000)
            opened += place == 0 and bool(played.dialogue.stack)
        await player.aclose()
    return took[_WARM_UP:], opened / len(scripts)


def _reading() -> Iterator[Row]:
    draw = random.Random(5)
    for language, days in (
        ("zh", ("昨天", "上周三", "5月1号", "前天下午")),
        ("en", ("yesterday", "last Friday", "on 5 May")),
    ):
        texts = [
            _LONG[language].format(
                day=draw.choice(days),
                count=draw.randint(2, 9),
                money=draw.randint(50, 900),
                number=draw.randint(10_000, 99_999),
            )
            for _ in range(200)
        ]
        now = datetime(2026, 3, 2, 10, tzinfo=UTC)
        context = SlotContext(now, detect_language(texts[0]))
        plain = [normalise(text) for text in texts]
        least = p50(_times(Hearing.of, plain))
        took = _times(partial(_read, context), plain[_WARM_UP:])
        figures = {"characters": len(texts[0]), "p50 cpu_ms": p50(took), "p95 cpu_ms": p95(took), "floor_ms": least}
        yield Row(
            READING, {"language": language, "kinds": str(len(_KINDS))}, {**figures, "over floor_x": p50(took) / least}
        )


def _read(context: SlotContext, text: Normalised) -> None:
    read_anywhere(_KINDS, text, context)


def _times(work: Callable[..., object], inputs: Sequence[object]) -> list[float]:
    took: list[float] = []
    for one in inputs:
        begun = time.process_time()
        work(one)
        took.append((time.process_time() - begun) * 1_000)
    return took


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flows_scale", description=__doc__)
    parser.add_argument("--flows", type=int, default=200)
    parser.add_argument("--dialogues", type=int, default=60)
    given = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 130)
    begun, load = time.perf_counter(), os.getloadavg()[0]
    rows = asyncio.run(measure(given.flows, given.dialogues))
    report.show(rows, console)
    seconds = time.perf_counter() - begun
    kept = Report(
        report.now(), f"flows-{given.flows}", report.describe_machine(), (load, os.getloadavg()[0]), seconds, rows
    )
    console.print(f"Kept in {report.write(kept)}", markup=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
