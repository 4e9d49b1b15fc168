"""What a model is and how far it can be trusted: its card, as JSON and as Markdown."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from pydantic import TypeAdapter

from kefu.dialogue.intents.linear_member import Scores
from kefu.dialogue.intents.members import FULL, PLAIN
from kefu.dialogue.intents.training import Example, Trained
from kefu.kit.canonical import sha256_of
from kefu.kit.intervals import wilson

BINS = 10


@dataclass(frozen=True, slots=True)
class ReliabilityRow:
    """Held-out examples whose probability lay between ``low`` and ``high``: how many, mean probability, share right."""

    low: float
    high: float
    n: int
    probability: float
    right: float


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Figures are of examples held out by folds; the weights were fitted on the same ones (a number a member).

    ``oos_*``: against labelled texts without an intent, or else against examples of intents that were left out.
    """

    data_sha256: str
    encoder: str | None
    seed: int
    examples: int
    out_of_scope: int
    dropped: int
    conflicts: tuple[str, ...]
    per_intent: dict[str, int]
    weights: dict[str, float]
    threshold: float
    held_out: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    macro_f1: float
    ece: float
    oos_auroc: float | None
    oos_recall: float | None
    accepted_right: float
    reliability: tuple[ReliabilityRow, ...]
    confusions: tuple[tuple[str, str, int], ...]
    """(intent, taken for, how often), the most frequent first."""


_CARD = TypeAdapter(ModelCard)
_MOST_CONFUSIONS = 20
_MOST_CONFLICTS = 50


def to_card(trained: Trained, *, seed: int) -> ModelCard:
    model, judged = trained.model, trained.judged
    ending, names = (model.plain, PLAIN) if model.full is None else (model.full, FULL)
    known = [one for one in trained.examples if one.intent is not None]
    found = judged.probabilities.argmax(axis=1)
    right = found == judged.truth
    low, high = wilson(int(right.sum()), len(right))
    return ModelCard(
        data_sha256=data_hash(trained.examples),
        encoder=model.encoder,
        seed=seed,
        examples=len(known),
        out_of_scope=len(trained.examples) - len(known),
        dropped=trained.dropped,
        conflicts=trained.conflicts[:_MOST_CONFLICTS],
        per_intent=dict(sorted(Counter(str(one.intent) for one in known).items())),
        weights=dict(zip(names, ending.weights, strict=True)),
        threshold=round(ending.threshold, 4),
        held_out=len(right),
        accuracy=_rounded(right.mean()),
        accuracy_low=_rounded(low),
        accuracy_high=_rounded(high),
        macro_f1=_rounded(macro_f1(found.tolist(), judged.truth.tolist())),
        ece=_rounded(calibration_error(judged.probabilities.max(axis=1), right)),
        oos_auroc=_rounded(auroc(judged.inside, judged.outside)) if len(judged.outside) else None,
        oos_recall=_rounded((judged.outside < ending.threshold).mean()) if len(judged.outside) else None,
        accepted_right=_rounded((right & (judged.inside >= ending.threshold)).mean()),
        reliability=tuple(reliability(judged.probabilities.max(axis=1), right)),
        confusions=_confusions(model.intents, judged.truth.tolist(), found.tolist()),
    )


def data_hash(examples: Sequence[Example]) -> str:
    """Of what was learned from: equal examples have equal hashes, in whatever order they came."""
    return sha256_of(sorted([one.text, one.intent or ""] for one in examples))


def to_facts(card: ModelCard) -> dict[str, object]:
    """The card as JSON values, as it is stored."""
    return asdict(card)


def from_facts(facts: Mapping[str, object]) -> ModelCard:
    """A stored card. Raises pydantic's ValidationError when it is another version's."""
    return _CARD.validate_python(facts)


def calibration_error(probabilities: Scores, right: np.typing.NDArray[np.bool_]) -> float:
    """Mean distance between probability and share right over equal bins, weighted by their size (Naeini 2015)."""
    rows = reliability(probabilities, right)
    total = sum(row.n for row in rows)
    return sum(row.n * abs(row.probability - row.right) for row in rows) / total if total else 0.0


def reliability(probabilities: Scores, right: np.typing.NDArray[np.bool_]) -> list[ReliabilityRow]:
    """Bins that are not empty, of equal width."""
    bins = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    rows: list[ReliabilityRow] = []
    for number in range(BINS):
        inside = bins == number
        if inside.any():
            mean, share = float(probabilities[inside].mean()), float(right[inside].mean())
            rows.append(
                ReliabilityRow(number / BINS, (number + 1) / BINS, int(inside.sum()), _rounded(mean), _rounded(share))
            )
    return rows


def auroc(inside: Scores, outside: Scores) -> float:
    """How likely a text in scope has the higher value than one that is not; equal values count half."""
    ordered = np.sort(outside)
    below = np.searchsorted(ordered, inside, side="left")
    upto = np.searchsorted(ordered, inside, side="right")
    return float((below + upto).mean() / 2 / max(1, len(outside)))


def macro_f1(found: Sequence[object], truth: Sequence[object]) -> float:
    """F1 of each intent that occurs in the truth, averaged."""
    scores: list[float] = []
    for intent in sorted(set(truth), key=str):
        hits = sum(one == other == intent for one, other in zip(found, truth, strict=True))
        total = sum(one == intent for one in found) + sum(one == intent for one in truth)
        scores.append(2 * hits / total)
    return sum(scores) / len(scores) if scores else 0.0


def to_markdown(card: ModelCard) -> str:
    """For people: what it was trained on, what it can do, where it is wrong."""
    lines = [
        "# Intent model",
        "",
        f"{card.examples} examples of {len(card.per_intent)} intents, {card.out_of_scope} out of scope; {card.dropped} dropped.",
        "",
        f"Encoder {card.encoder or 'none'}, seed {card.seed}, data SHA-256 {card.data_sha256}.",
        "",
        "| figure | value |",
        "|---|---|",
        f"| held-out examples | {card.held_out} |",
        f"| accuracy | {card.accuracy:.3f} ({card.accuracy_low:.3f} to {card.accuracy_high:.3f}) |",
        f"| macro F1 | {card.macro_f1:.3f} |",
        f"| calibration error | {card.ece:.3f} |",
        f"| threshold | {card.threshold:.3f} |",
        f"| accepted and right | {card.accepted_right:.3f} |",
        f"| out of scope refused | {_shown(card.oos_recall)} |",
        f"| out-of-scope AUROC | {_shown(card.oos_auroc)} |",
        "",
        "| probability | examples | mean | right |",
        "|---|---|---|---|",
        *(f"| {r.low:.1f} to {r.high:.1f} | {r.n} | {r.probability:.3f} | {r.right:.3f} |" for r in card.reliability),
        "",
        "Weights: " + ", ".join(f"{name} {weight:.2f}" for name, weight in card.weights.items()) + ".",
    ]
    if card.confusions:
        lines += ["", "| intent | taken for | times |", "|---|---|---|"]
        lines += [f"| {one} | {other} | {number} |" for one, other, number in card.confusions]
    if card.conflicts:
        lines += ["", f"Given two intents: {'; '.join(card.conflicts)}"]
    return "\n".join(lines) + "\n"


def _confusions(intents: Sequence[str], truth: list[int], found: list[int]) -> tuple[tuple[str, str, int], ...]:
    wrong = Counter((one, other) for one, other in zip(truth, found, strict=True) if one != other)
    ordered = sorted(wrong.items(), key=lambda item: (-item[1], item[0]))[:_MOST_CONFUSIONS]
    return tuple((intents[one], intents[other], number) for (one, other), number in ordered)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _rounded(value: float) -> float:
    return round(float(value), 4)
