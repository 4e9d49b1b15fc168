"""Slots: a customer's words to typed values, in Chinese and English, without a model.

`read_expected` reads the slot of the open question on the whole message: a bare value is enough (三件, 第二个, 昨天).
`read_anywhere` finds values nobody asked for: conservative, without overlap. `read_answer` says yes or no,
`read_correction` what is taken back, `residual` what else was said, `find_sensitive` what must not be kept.
All spans are code points of the original text; matching is on the normalised one.

| kind | value |
|---|---|
| order_id, email, name, text | a string |
| mobile | "13812345678", "+4915112345678", "021-88886666" |
| money | {"amount": "120.5", "currency": "CNY"} |
| quantity | an int, or a decimal string |
| percent; height, length (cm); weight (kg) | a decimal string |
| date | "2026-05-01", or a range with both days included |
| time; datetime | "15:30"; ISO with the workspace's offset |
| duration | ISO 8601: "P2Y", "PT2H30M"; a week is 7 days |
| address | {"province", "city", "district", "detail"}, or {"street", "city", "region", "postcode", "country"} |
| bool; enum, choice; choices | true or false; an id; a list of ids |
| attachment | never in a text |
| own | what the plugin of the type gives |

A range or bound is {"from", "to"} with null for an open end: 国庆前, over 3 years, 100到200块. ``is_exact`` refuses them.

| probability | when |
|---|---|
| 1.0 | has a mark of its own: unit, @, pattern |
| 0.95 | a grammar that leaves one reading: 上周三, the second one, a label |
| 0.9 | only a number or a word, accepted because it was asked for |
| 0.8 | the likelier of two readings, or words that mostly mean it |
| 0.6–0.7 | the other reading; one of several choices that are alike |
| 0.5 | vague on purpose (前几天); a name by likeness (up to 0.8 with growing likeness) |

Two findings within `MARGIN` are both possible: ask. Anywhere, nothing below 0.6 is found.
"""

from kefu.dialogue.slots.answers import Answer, answer_patterns, read_answer
from kefu.dialogue.slots.corrections import Correction, read_correction
from kefu.dialogue.slots.reading import read_anywhere, read_expected
from kefu.dialogue.slots.residual import Residue, residual
from kefu.dialogue.slots.sensitive import Sensitive, find_sensitive
from kefu.dialogue.slots.types import MARGIN, Choice, Found, Mark, SlotContext, SlotKind, SlotType

__all__ = [
    "MARGIN",
    "Answer",
    "Choice",
    "Correction",
    "Found",
    "Mark",
    "Residue",
    "Sensitive",
    "SlotContext",
    "SlotKind",
    "SlotType",
    "answer_patterns",
    "find_sensitive",
    "read_answer",
    "read_anywhere",
    "read_correction",
    "read_expected",
    "residual",
]
