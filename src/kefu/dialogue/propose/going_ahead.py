"""Words that only tell the assistant to do what it has shown: 开吧, "send it". The verb is the flow's own, or any deed's."""

import re
from functools import lru_cache
from typing import Literal

from kefu.dialogue.flows.definition import Flow
from kefu.knowledge.stems import stem

_ZH = re.compile(
    r"(?:那就?|就|嗯+|好的?|行|对的?|可以|没错|是的?|ok|\s)*(?:请|麻烦|帮我|给我|直接)*"
    r"(?P<verb>[\u4e00-\u9fff]{1,2})(?:它|掉|了)?(?:吧|啊|啦|咯|呗)(?:谢谢)?"
)
_EN = re.compile(
    r"(?:(?:yes|yep|ok|okay|great|good|fine|perfect|sure|alright|then|please|just|so|and|go ahead|let'?s)[ ,]+)*"
    r"(?P<verb>[a-z]+) (?:it|that|them)(?: now| then| please| for me| up)*"
)
_ANY_DEED = frozenset("提交 办 办理 处理 执行 发 发送 寄 submit send book process place issue".split())
_AMBIGUOUS = frozenset("改 换 修改 更改 取消 change update swap exchange correct cancel".split())
"""They may also mean the preview itself, or the end of it: beside a yes they say nothing new, alone they are none."""
_FEWEST = 2
"""Examples of a flow that have a verb of its own."""


def read_go_ahead(text: str, flow: Flow) -> Literal["yes", "nothing", ""]:
    """What a whole clause says to a preview of the flow: a yes, nothing beside a yes, or something else."""
    match = _ZH.fullmatch(text) or _EN.fullmatch(text)
    if match is None:
        return ""
    verb = match["verb"]
    if verb not in _ANY_DEED and not _is_own(verb, flow.name, flow.content_hash, _texts(flow)):
        return ""
    return "nothing" if verb in _AMBIGUOUS else "yes"


def _texts(flow: Flow) -> tuple[str, ...]:
    """The title in both languages, then the examples."""
    examples = (text.casefold() for texts in flow.start.examples.values() for text in texts)
    return (flow.title.zh.casefold(), flow.title.en.casefold(), *examples)


@lru_cache(maxsize=1024)
def _is_own(verb: str, _flow: str, _hash: str, texts: tuple[str, ...]) -> bool:
    titles, examples = texts[:2], texts[2:]
    return any(_has(title, verb) for title in titles) or sum(_has(one, verb) for one in examples) >= _FEWEST


def _has(text: str, verb: str) -> bool:
    if not verb.isascii():
        return verb in text
    return stem(verb) in {stem(word) for word in re.findall(r"[a-z]+", text)}
