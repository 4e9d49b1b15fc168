"""What a slot never takes: full card numbers, passwords, codes sent by message. It is found so that it can be masked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kefu.dialogue.guard.personal import patterns_of
from kefu.dialogue.slots.hearing import Hearing
from kefu.kit.text import Normalised

_SECRET = re.compile(
    r"(?:密码|口令|passwords?|passcode|\bpwd|\bpin(?: code)?)\s*(?:是|为|is|=|:)\s*(?P<value>\S{3,64})"
    r"|(?:验证码|校验码|动态码|安全码|cvv2?|cvc2?|security code|verification code|otp)\s*(?:是|为|is|=|:)?\s*(?P<code>\d{3,8})(?!\d)"
)
_ID_CUE = re.compile(r"(?:订单|单号|运单|快递|物流|order|tracking|parcel)[^\d]{0,12}$")
_CARD_LENGTHS = range(13, 20)
_CUE_REACH = 24
_MOBILE = re.compile(r"861[3-9]\d{9}")
_TRIGGER = re.compile(r"\d{4}|码|口令|pass|pwd|pin|cv|code|otp")


@dataclass(frozen=True, slots=True)
class Sensitive:
    """``kind`` is "card" or "secret"; the span is one of the original text."""

    kind: str
    start: int
    end: int


def find_sensitive(text: Normalised) -> tuple[Sensitive, ...]:
    """In the order of the text. A long number is a card only if its check digit says so (Luhn) and it is no order's."""
    return sensitive_in(Hearing.of(text))


def sensitive_in(hearing: Hearing) -> tuple[Sensitive, ...]:
    """The same for a message that was prepared before."""
    if not _TRIGGER.search(hearing.digits.text):
        return ()
    return tuple(sorted(_sensitive(hearing), key=lambda one: one.start))


def _sensitive(hearing: Hearing) -> Iterator[Sensitive]:
    text = hearing.digits.text
    for match in _SECRET.finditer(text):
        name = "value" if match["value"] else "code"
        yield Sensitive("secret", *hearing.digits.to_source(*match.span(name)))
    seen: set[int] = set()
    for pattern in patterns_of("card"):
        for match in pattern.finditer(text):
            number = re.sub(r"\D", "", match.group())
            head = text[max(0, match.start() - _CUE_REACH) : match.start()]
            if match.start() in seen or not _is_card(number) or _ID_CUE.search(head):
                continue
            seen.add(match.start())
            yield Sensitive("card", *hearing.digits.to_source(*match.span()))


def _is_card(number: str) -> bool:
    """ISO/IEC 7812: the check digit of Luhn over 13 to 19 digits."""
    if len(number) not in _CARD_LENGTHS or number[0] == "0" or _MOBILE.fullmatch(number):
        return False
    total = 0
    for place, character in enumerate(reversed(number)):
        digit = int(character) * (2 if place % 2 else 1)
        total += digit - 9 if digit > len("123456789") else digit
    return total % 10 == 0
