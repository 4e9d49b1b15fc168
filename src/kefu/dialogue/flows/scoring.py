"""The points of a questionnaire, and the band that they are in."""

from decimal import Decimal

from kefu.dialogue.flows.definition import Flow, Score, Wording
from kefu.dialogue.flows.errors import ExpressionError
from kefu.dialogue.flows.expr import Scope
from kefu.dialogue.flows.values import EXACT, to_json


def score(step: Score, flow: Flow, scope: Scope) -> dict[str, object]:
    """``score`` and, with bands, ``band`` and ``band_label``. Raises ExpressionError for a sum that is in no band."""
    total = Decimal(0)
    for name in step.slots:
        points = flow.slots[name].score_of(to_json(scope.read(name)))
        total = EXACT.add(total, points or Decimal(0))
    if not step.bands:
        return {"score": total}
    bands = sorted(step.bands, key=lambda band: band.least)
    found = next((number for number, band in enumerate(bands) if band.least <= total <= band.most), None)
    if found is None:
        raise ExpressionError("score", f"{total} is in no band")
    for condition, cap in step.caps:
        if condition.evaluate(scope):
            found = min(found, next(number for number, band in enumerate(bands) if band.name == cap))
    name = bands[found].name
    label = step.labels.get(name, Wording(name, name))
    return {"score": total, "band": name, "band_label": {"zh": label.zh, "en": label.en}}
