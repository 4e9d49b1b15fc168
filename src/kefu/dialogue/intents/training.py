"""From examples to a model: members, calibration and threshold, all from the examples given and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kefu.dialogue.intents.cleaning import clean
from kefu.dialogue.intents.ensemble import fit_weights, pool
from kefu.dialogue.intents.fasttext_member import FastTextTrainer
from kefu.dialogue.intents.features import Floats, read
from kefu.dialogue.intents.folds import held_out, left_out
from kefu.dialogue.intents.linear_member import Scores
from kefu.dialogue.intents.members import Evidence, Lesson, Members, learn
from kefu.dialogue.intents.model import Ending, Model
from kefu.dialogue.intents.out_of_scope import Flags, Signs, fit_scope
from kefu.dialogue.intents.vectors_member import to_text
from kefu.domain.errors import InvalidInputError
from kefu.knowledge.embedding import Embedder, EmbedderError

FEWEST = 2
"""Intents without which there is nothing to learn, and examples of each without which nothing can be held out."""
Embed = Callable[[Sequence[str]], Floats]
Progress = Callable[[int, int], None]
"""Told how many trainings are done, and of how many. May raise to stop."""


@dataclass(frozen=True, slots=True)
class Example:
    """What somebody wrote, and what they wanted; None: nothing that is known (out of scope)."""

    text: str
    intent: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """Validation: evidence of examples that no member had learned from, their intents, and that of texts without one."""

    inside: Evidence
    truth: NDArray[np.int64]
    labelled: Evidence
    left_out: Evidence


@dataclass(frozen=True, slots=True)
class Judged:
    """The validation as the finished model says it: probabilities [texts, intents], truth, and p(in scope) of all."""

    probabilities: Scores
    truth: NDArray[np.int64]
    inside: Scores
    outside: Scores


@dataclass(frozen=True, slots=True)
class Trained:
    model: Model
    examples: tuple[Example, ...]
    """What was learned from: cleaned, each text once."""
    dropped: int
    """Examples that were empty after cleaning, or came twice."""
    conflicts: tuple[str, ...]
    """Cleaned texts that were given two intents; the first one counts."""
    judged: Judged


def train(
    examples: Sequence[Example],
    *,
    embedder: Embedder,
    seed: int = 0,
    progress: Progress = lambda _done, _total: None,
    embed: Embed | None = None,
) -> Trained:
    """Learn from examples; blocking. Without a working encoder words stand alone.

    Equal examples, encoder and seed give equal models. ``embed`` replaces ``embedder.embed`` where vectors are kept.
    Raises InvalidInputError when there is too little, FastTextError.
    """
    kept, conflicts = _tidy(examples)
    known = [one for one in kept if one.intent is not None]
    intents = tuple(sorted({str(one.intent) for one in known}))
    _require_enough(known, intents)
    foreign = [one.text for one in kept if one.intent is None]
    lesson, outside = _to_lesson(known, intents, foreign, embed or _embedding(embedder))
    with FastTextTrainer() as trainer:
        held, members = _rehearse(lesson, outside, trainer=trainer, seed=seed, progress=progress)
    full = None if lesson.vectors is None else _end(held)
    plain = _end(_plain(held))
    encoder = None if lesson.vectors is None else f"{embedder.name}-{embedder.version}"
    model = Model(intents, members, full=full, plain=plain, encoder=encoder)
    judged = _judge(full, held) if full is not None else _judge(plain, _plain(held))
    return Trained(model, tuple(kept), len(examples) - len(kept), conflicts, judged)


def _tidy(examples: Sequence[Example]) -> tuple[list[Example], tuple[str, ...]]:
    """Each cleaned text once, in the order of the texts, so that the order of a file does not matter."""
    found: dict[str, str | None] = {}
    conflicts: dict[str, None] = {}
    for example in examples:
        text = clean(example.text)
        if text and found.setdefault(text, example.intent) != example.intent:
            conflicts[text] = None
    return [Example(text, found[text]) for text in sorted(found)], tuple(sorted(conflicts))


def _require_enough(known: Sequence[Example], intents: Sequence[str]) -> None:
    counts = dict.fromkeys(intents, 0)
    for one in known:
        counts[str(one.intent)] += 1
    if len(intents) < FEWEST or sum(number >= FEWEST for number in counts.values()) < FEWEST:
        raise InvalidInputError(
            f"Too little to learn from: {len(known)} examples of {len(intents)} intents. Give at least {FEWEST} intents "
            f"with {FEWEST} different examples each; ten of each are a good start.",
            field="examples",
        )


def _embedding(embedder: Embedder) -> Embed | None:
    return embedder.embed if embedder.languages else None


def _to_lesson(
    known: Sequence[Example], intents: Sequence[str], foreign: Sequence[str], embed: Embed | None
) -> tuple[Lesson, Lesson]:
    """The examples with an intent, and those without (their ``truth`` is empty)."""
    places = {intent: place for place, intent in enumerate(intents)}
    truth = np.array([places[str(one.intent)] for one in known], dtype=np.int64)
    texts = [one.text for one in known]
    vectors = _embed([*texts, *foreign, *map(to_text, intents)], embed)
    first, second = len(texts), len(texts) + len(foreign)
    nothing = np.zeros(0, dtype=np.int64)
    if vectors is None:
        return (
            Lesson([read(text) for text in texts], truth, len(intents), None, None),
            Lesson([read(text) for text in foreign], nothing, len(intents), None, None),
        )
    names = vectors[second:]
    return (
        Lesson([read(text) for text in texts], truth, len(intents), vectors[:first], names),
        Lesson([read(text) for text in foreign], nothing, len(intents), vectors[first:second], names),
    )


def _embed(texts: Sequence[str], embed: Embed | None) -> Floats | None:
    if embed is None:
        return None
    try:
        return embed(texts)
    except EmbedderError:
        return None  # the next training has it again; the card says that this one had none


def _rehearse(
    lesson: Lesson, foreign: Lesson, *, trainer: FastTextTrainer, seed: int, progress: Progress
) -> tuple[Held, Members]:
    """Every training there is: for the validation, then the one that counts."""
    folds = [rows for rows in held_out(lesson.truth, seed=seed) if _is_enough(lesson, rows)]
    groups = list(left_out(lesson.truth, seed=seed))
    total = len(folds) + len(groups) + 1
    inside: list[tuple[Evidence, NDArray[np.int64]]] = []
    labelled: list[Evidence] = []
    apart: list[Evidence] = []
    for done, rows in enumerate(folds):
        progress(done, total)
        members = learn(lesson.pick(_others(lesson, rows)), trainer=trainer, seed=seed)
        known = rows[np.isin(lesson.truth[rows], lesson.truth[_others(lesson, rows)])]
        inside.append((_hear(members, lesson.pick(known)), lesson.truth[known]))
        if done == 0 and foreign.readings:
            labelled.append(_hear(members, foreign))
    for done, intents in enumerate(groups, start=len(folds)):
        progress(done, total)
        away = np.flatnonzero(np.isin(lesson.truth, intents))
        members = learn(lesson.pick(_others(lesson, away)), trainer=trainer, seed=seed)
        apart.append(_hear(members, lesson.pick(away)))
    progress(total - 1, total)
    final = learn(lesson, trainer=trainer, seed=seed)
    progress(total, total)
    empty = inside[0][0].pick(np.zeros(0, dtype=np.int64))
    evidence = _joined([one for one, _ in inside])
    held = Held(
        evidence,
        np.concatenate([truth for _, truth in inside]),
        _joined(labelled or [empty]),
        _joined(apart or [empty]),
    )
    return held, final


def _is_enough(lesson: Lesson, rows: NDArray[np.int64]) -> bool:
    return len(np.unique(lesson.truth[_others(lesson, rows)])) >= FEWEST


def _others(lesson: Lesson, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.setdiff1d(np.arange(len(lesson.truth)), rows)


def _hear(members: Members, lesson: Lesson) -> Evidence:
    return members.hear(lesson.readings, lesson.vectors)


def _joined(parts: Sequence[Evidence]) -> Evidence:
    signs = Signs(
        np.concatenate([one.signs.nearest for one in parts]),
        np.concatenate([one.signs.known_words for one in parts]),
        np.concatenate([one.signs.known_characters for one in parts]),
    )
    return Evidence(np.concatenate([one.scores for one in parts], axis=1), signs)


def _plain(held: Held) -> Held:
    return Held(held.inside.plain, held.truth, held.labelled.plain, held.left_out.plain)


def _end(held: Held) -> Ending:
    weights = fit_weights(held.inside.scores, held.truth)
    inside, labelled, apart = (_rows(one, weights) for one in (held.inside, held.labelled, held.left_out))
    right: Flags = pool(held.inside.scores, weights).argmax(axis=1) == held.truth
    if not len(labelled) + len(apart):
        return Ending(weights, None)
    return Ending(weights, fit_scope(inside, right, labelled=labelled, left_out=apart))


def _rows(evidence: Evidence, weights: Sequence[float]) -> Scores:
    return evidence.signs.rows(evidence.scores, pool(evidence.scores, weights))


def _judge(ending: Ending, held: Held) -> Judged:
    probabilities = pool(held.inside.scores, ending.weights)
    outside = held.labelled if len(held.labelled.signs.nearest) else held.left_out
    inside_scope, outside_scope = (ending.in_scope(one) for one in (held.inside, outside))
    return Judged(probabilities, held.truth, inside_scope, outside_scope)
