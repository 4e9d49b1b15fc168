"""The words by which customers state a fact of their own, and take one back. CUE stands for the fact's own words."""

import re
from collections.abc import Mapping

from kefu.domain.conversation import Language

_BEFORE_ZH = "(?:请|麻烦)?(?:你|您)?(?:帮我)?(?:记住|记一下|记得)?[,，:：]?"
_BEFORE_EN = "(?:please )?(?:remember (?:that )?)?"
_WORN_ZH = "(?:码?的(?:鞋子?|衣服|上衣|裤子|外套|裙子))?"
_WORN_EN = "(?: (?:shoes?|boots|trainers|clothes|shirts?|trousers|jackets?))?"
"""What a size is worn in, behind the size."""
PATTERNS: Mapping[Language, tuple[str, ...]] = {
    "zh": (
        _BEFORE_ZH
        + "我(?:的|一般|平时|平常|通常|都|现在|一直|鞋子|衣服|常)*(?:CUE)(?:是|为|用|说|[:：])?(?P<value>.+?)"
        + _WORN_ZH,
    ),
    "en": (
        _BEFORE_EN + "my (?:CUE) (?:is|:) ?(?P<value>.+)",
        _BEFORE_EN
        + "i(?:'m| am| do)?(?: usually| normally| always)? (?:CUE)(?: an?)?(?: size)? (?P<value>.+?)"
        + _WORN_EN,
    ),
}
FORGET_ONE = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:请|麻烦)?(?:你|您)?(?:把)?(?:忘(?:记|掉|了)?|删除|删掉|清除|别记住?|不要记住?)(?:掉)?我的(?P<what>.+?)(?:吧|了)?",
        r"(?:please )?(?:forget|delete|erase|remove|don'?t remember|do not remember) my (?P<what>.+?)(?: please)?",
    )
)
SPARE = re.compile(r"^[\s,，:：]+|(?:[\s了呢啊哦的吧码号]|please|size|\bnow\b)+$")
"""Particles and units around a value."""
