"""The first step: a message becomes the plain text that classifiers read.

On top of ``kit.text.normalise`` (NFKC, full width, traditional characters, lower case): what a page or a keyboard put
there without meaning goes, and what is only longer becomes short. Words are never changed.
"""

import html
import re

from kefu.kit.text import normalise

_MARKUP = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|</?[a-zA-Z][^<>]{0,500}>", re.DOTALL | re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"\u3000-\u9fff\uff00-\uffef]+", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufffd]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u2500-\u27bf\u2900-\u2bff\u3030\u303d\u3297\u3299"
    "\ufe00-\ufe0f\u20e3\U000e0020-\U000e007f]+"
)
_FACE = re.compile(r"(?<![\w(])[:;=]'?-?[()\[\]dpo|/\\](?![\w)])|\[[\u4e00-\u9fff]{1,3}\](?!\()|\^_+\^|t_t|>_<")
_NUMBER = re.compile(r"\d{6,}")
_LETTER_RUN = re.compile(r"([^\W\d_])\1{2,}")
_MARK_RUN = re.compile(r"([^\w\s])(?:\s*\1)+")
_SYLLABLE_RUN = re.compile(r"([\u4e00-\u9fff]{1,4})\1{2,}")
_SPACE = re.compile(r"\s+")
NUMBER = "000000"
"""What a long number (an order, a phone, a card) becomes: which one it is says nothing about the intent."""
LONGEST = 1_000
"""Code points that are read: what an intent is stands at the beginning."""


def clean(text: str) -> str:
    """Plain lower-case text, possibly empty. Reads at most ``LONGEST`` code points of what is left of markup."""
    bare = _MARKUP.sub(" ", html.unescape(text[: 8 * LONGEST]))
    plain = normalise(_EMOJI.sub(" ", _INVISIBLE.sub("", bare)[: 2 * LONGEST])).text
    plain = _MAIL.sub(" ", _LINK.sub(" ", plain))
    plain = _NUMBER.sub(NUMBER, _FACE.sub(" ", plain))
    plain = _MARK_RUN.sub(r"\1", _LETTER_RUN.sub(r"\1\1", _SYLLABLE_RUN.sub(r"\1\1", plain)))
    return _SPACE.sub(" ", plain).strip()[:LONGEST]
