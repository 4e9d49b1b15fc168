"""From examples to a model: members, calibration and threshold, all from the examples given and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kefu.dialogue.intents.cleaning import clean
from kefu.dialogue.intents.ensemble import fit_weights, pool, split
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
    """Validation: evidence of texts that no member had learned from: of examples with an intent (``truth`` says which), of
    those labelled as without one, and of those whose intent was left out.
    """

    inside: Evidence
    truth: NDArray[np.int64]
    labelled: Evidence
    left_out: Evidence

    @property
    def plain(self) -> "Held":
        """The same without sentence vectors."""
        return Held(self.inside.plain, self.truth, self.labelled.plain, self.left_out.plain)


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

    Texts without an intent are learned as one more, which no text is given: what is like them is like none of the intents.

    Equal examples, encoder and seed give equal models. ``embed`` replaces ``embedder.embed`` where vectors are kept.
    Raises InvalidInputError when there is too little, FastTextError.
    """
    kept, conflicts = _tidy(examples)
    known = [one for one in kept if one.intent is not None]
    intents = tuple(sorted({str(one.intent) for one in known}))
    _require_enough(known, intents)
    lesson = _to_lesson(kept, intents, embed or _embedding(embedder))
    with FastTextTrainer() as trainer:
        held, members = _rehearse(lesson, trainer=trainer, seed=seed, progress=progress)
    full = None if lesson.vectors is None else _end(held)
    plain = _end(held.plain)
    encoder = None if lesson.vectors is None else f"{embedder.name}-{embedder.version}"
    model = Model(intents, members, full=full, plain=plain, encoder=encoder)
    judged = _judge(full, held) if full is not None else _judge(plain, held.plain)
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


def _to_lesson(examples: Sequence[Example], intents: Sequence[str], embed: Embed | None) -> Lesson:
    """Texts without an intent come last in the numbers of intents."""
    places: dict[str | None, int] = {intent: place for place, intent in enumerate((*intents, None))}
    truth = np.array([places[one.intent] for one in examples], dtype=np.int64)
    texts = [one.text for one in examples]
    vectors = _embed([*texts, *map(to_text, intents)], embed)
    own, names = (None, None) if vectors is None else (vectors[: len(texts)], vectors[len(texts) :])
    return Lesson([read(text) for text in texts], truth, len(intents), int(truth.max()) + 1, own, names)


def _embed(texts: Sequence[str], embed: Embed | None) -> Floats | None:
    if embed is None:
        return None
    try:
        return embed(texts)
    except EmbedderError:
        return None  # the next training has it again; the card says that this one had none


def _rehearse(lesson: Lesson, *, trainer: FastTextTrainer, seed: int, progress: Progress) -> tuple[Held, Members]:
    """Every training there is: for the validation, then the one that counts."""
    folds = [rows for rows in held_out(lesson.truth, seed=seed) if _is_enough(lesson, rows)]
    named = lesson.truth[lesson.truth < lesson.intents]
    groups = [np.flatnonzero(np.isin(lesson.truth, group)) for group in left_out(named, seed=seed)]
    total = len(folds) + len(groups) + 1
    heard: list[tuple[Evidence, NDArray[np.int64]]] = []
    for done, rows in enumerate([*folds, *groups]):
        progress(done, total)
        others = _others(lesson, rows)
        members = learn(lesson.pick(others), trainer=trainer, seed=seed)
        asked = rows if done >= len(folds) else rows[np.isin(lesson.truth[rows], lesson.truth[others])]
        heard.append((_hear(members, lesson.pick(asked)), lesson.truth[asked]))
    progress(total - 1, total)
    final = learn(lesson, trainer=trainer, seed=seed)
    progress(total, total)
    judged = _joined([one for one, _ in heard[: len(folds)]])
    truth = np.concatenate([one for _, one in heard[: len(folds)]])
    is_named = truth < lesson.intents
    inside, labelled = (judged.pick(np.flatnonzero(side)) for side in (is_named, ~is_named))
    apart = _joined([one for one, _ in heard[len(folds) :]]) if groups else judged.pick(np.zeros(0, dtype=np.int64))
    return Held(inside, truth[is_named], labelled, apart), final


def _is_enough(lesson: Lesson, rows: NDArray[np.int64]) -> bool:
    stay = lesson.truth[_others(lesson, rows)]
    return len(np.unique(stay[stay < lesson.intents])) >= FEWEST


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
    return Evidence(np.concatenate([one.scores for one in parts], axis=1), signs, parts[0].intents)


def _end(held: Held) -> Ending:
    inside, labelled = held.inside, held.labelled
    none = np.full(len(labelled.signs.nearest), inside.intents)
    weights = fit_weights(_joined([inside, labelled]).scores, np.concatenate([held.truth, none]))
    right: Flags = _probabilities(inside, weights).argmax(axis=1) == held.truth
    outside, apart = labelled.rows(weights), held.left_out.rows(weights)
    if not len(outside) + len(apart):
        return Ending(weights, None)
    return Ending(weights, fit_scope(inside.rows(weights), right, labelled=outside, left_out=apart))


def _probabilities(evidence: Evidence, weights: Sequence[float]) -> Scores:
    return split(pool(evidence.scores, weights), evidence.intents)[0]


def _judge(ending: Ending, held: Held) -> Judged:
    outside = held.labelled if len(held.labelled.signs.nearest) else held.left_out
    inside_scope, outside_scope = (ending.in_scope(one) for one in (held.inside, outside))
    return Judged(_probabilities(held.inside, ending.weights), held.truth, inside_scope, outside_scope)
