"""``python -m evals.intent_zh.baseline``: how hard the intent set is for two plain classifiers. Nothing here is tuned.

Both are logistic regressions, one on TF-IDF of one to four characters, one on the vectors of kefu-encoder. They learn the
thirty intents from the train messages alone. Accuracy is over the test messages that have an intent; what has none is
told apart by the highest probability (area under the curve, in scope against out of scope).
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from rich.console import Console
from rich.table import Table

from evals.encoder.classify import Classifier, Examples, by_vectors, by_words
from evals.encoder.intervals import Flags, Values, bootstrap, delong
from evals.encoder.subject import load_subject
from evals.intent_zh import LabelledMessage, declared_intents, load
from kefu.domain.conversation import Language
from kefu.kit.text import normalise
from kefu_encoder import default_folder

LANGUAGES: tuple[Language, ...] = ("zh", "en")
_LONGEST = 4


@dataclass(frozen=True, slots=True)
class Judged:
    """Messages with the intent that a classifier finds likeliest, and how likely it finds it."""

    messages: Sequence[LabelledMessage]
    found: Sequence[str]
    likely: Values

    @property
    def is_known(self) -> Flags:
        return np.array([one.intent is not None for one in self.messages])

    @property
    def right(self) -> Values:
        """1 or 0 for each message that has an intent."""
        pairs = zip(self.messages, self.found, strict=True)
        return np.array([one.intent == found for one, found in pairs if one.intent is not None], dtype=np.float64)

    def area(self, kind: str) -> tuple[float, float, float]:
        """In scope against what is out of scope in one way (near or far): value, low, high."""
        kept = np.array([one.intent is not None or kind in one.style for one in self.messages])
        return delong(self.likely[kept], self.is_known[kept])

    def confusions(self) -> Iterator[tuple[LabelledMessage, str, float]]:
        """Messages whose likeliest intent is a wrong one, the surest first."""
        for place in np.argsort(-self.likely, kind="stable"):
            one = self.messages[place]
            if one.intent is not None and one.intent != self.found[place]:
                yield one, self.found[place], float(self.likely[place])


def judge(train: Sequence[LabelledMessage], asked: Sequence[LabelledMessage], classifier: Classifier) -> Judged:
    """Learn from the messages that have an intent, then judge the others; all of them normalised, as a turn hears them."""
    pairs = [(normalise(one.text).text, one.intent) for one in train if one.intent is not None]
    examples = Examples([text for text, _ in pairs], [intent for _, intent in pairs])
    probabilities, classes = classifier(examples, [normalise(one.text).text for one in asked])
    return Judged(asked, [classes[place] for place in probabilities.argmax(axis=1)], probabilities.max(axis=1))


def mixed(words: Classifier, vectors: Classifier) -> Classifier:
    """Both with equal weights."""

    def classify(train: Examples, texts: Sequence[str]) -> tuple[Values, list[str]]:
        one, classes = words(train, texts)
        other, _ = vectors(train, texts)
        mean: Values = (one + other) / 2
        return mean, classes

    return classify


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evals.intent_zh.baseline", description=__doc__)
    parser.add_argument("--language", choices=LANGUAGES)
    parser.add_argument("--split", choices=("validation", "test"), help="only this one")
    parser.add_argument("--confusions", type=int, default=0, metavar="N", help="the N commonest pairs, with a message")
    options = parser.parse_args()
    console = Console(width=120)
    words = partial(by_words, longest=_LONGEST)
    vectors = by_vectors(load_subject(default_folder(), "int8", workers=2))
    classifiers: dict[str, Classifier] = {
        "TF-IDF": words,
        "encoder": vectors,
        "both, equal weights": mixed(words, vectors),
    }
    for language in (options.language,) if options.language else LANGUAGES:
        data = load(language)
        for split in (options.split,) if options.split else ("validation", "test"):
            asked = data.test if split == "test" else data.validation
            judged = {name: judge(data.train, asked, one) for name, one in classifiers.items()}
            console.print(_summary(f"{language}, {split}", judged))
            if split == "test":
                console.print(_by_style(judged))
            if options.confusions:
                console.print(_confused(judged["both, equal weights"], options.confusions))


def _summary(title: str, judged: dict[str, Judged]) -> Table:
    sizes = Counter(one.intent is not None for one in next(iter(judged.values())).messages)
    table = Table(title=f"{title}: {sizes[True]} in scope, {sizes[False]} out of scope (95 % intervals)")
    for column in ("", "accuracy", "AUROC, near", "AUROC, far"):
        table.add_column(column)
    for name, one in judged.items():
        accuracy = (float(one.right.mean()), *bootstrap(one.right))
        table.add_row(name, *(_percent(*three) for three in (accuracy, one.area("near"), one.area("far"))))
    return table


def _by_style(judged: dict[str, Judged]) -> Table:
    """A message with two styles counts in both; "none" has neither."""
    first = next(iter(judged.values()))
    known = [one for one in first.messages if one.intent is not None]
    places: dict[str, list[int]] = {}
    for place, one in enumerate(known):
        for style in one.style or {"none"}:
            places.setdefault(style, []).append(place)
    table = Table("style", "n", *judged, title="accuracy by style")
    for style, those in sorted(places.items()):
        table.add_row(style, str(len(those)), *(f"{100 * one.right[those].mean():.1f}" for one in judged.values()))
    return table


def _confused(judged: Judged, number: int) -> Table:
    intents = declared_intents()
    pairs: dict[tuple[str, str], list[str]] = {}
    for message, found, _ in judged.confusions():
        pairs.setdefault((str(message.intent), found), []).append(message.text)
    table = Table("is", "taken for", "n", "for example", title="commonest confusions of both together")
    for (own, found), texts in sorted(pairs.items(), key=lambda pair: -len(pair[1]))[:number]:
        table.add_row(intents[own].id, intents[found].id, str(len(texts)), texts[0])
    return table


def _percent(value: float, low: float, high: float) -> str:
    return f"{100 * value:.1f} [{100 * low:.1f}, {100 * high:.1f}]"


if __name__ == "__main__":
    main()
