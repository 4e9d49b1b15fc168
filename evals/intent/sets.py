"""The public sets and our own one, each as one training file and one test file; exact training texts are taken out of re-split tests."""

import csv
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from evals.intent_zh import Split, declared_intents, load, load_further
from kefu.dialogue.intents.cleaning import clean
from kefu.dialogue.intents.training import Example
from kefu.domain.conversation import Language

LANGUAGES: tuple[Language, ...] = ("zh", "en")
_FOREIGN = frozenset({"NO_NODES_DETECTED", "oos"})


@dataclass(frozen=True, slots=True)
class IntentSet:
    """``floors``: what this project promises of it, in percent."""

    name: str
    train: list[Example]
    test: list[Example]
    floors: dict[str, float]


def read_sets(data: Path, *, seed: int, only: str = "") -> Iterator[IntentSet]:
    """Those whose files are there and whose name has ``only`` in it. ``seed`` draws the few-shot examples."""
    for name, (read, floors) in _SETS.items():
        if only in name:
            try:
                train, test = read(data, seed)
            except FileNotFoundError as error:
                print(f"SKIPPED {name}: {error.filename} is not there")
                continue
            yield IntentSet(name, train, test, floors)


def _csv(path: Path) -> list[Example]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [_example(row[0], row[1]) for row in rows]


def _lines(path: Path, *names: str) -> list[Example]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [_example(row["text"], ".".join(str(row[name]) for name in names or ("intent",))) for row in rows]


def _example(text: str, intent: str) -> Example:
    return Example(text, None if intent in _FOREIGN else intent)


def _banking(data: Path, _seed: int) -> tuple[list[Example], list[Example]]:
    return _csv(data / "banking77" / "train.csv"), _csv(data / "banking77" / "test.csv")


def _shots(number: int) -> Callable[[Path, int], tuple[list[Example], list[Example]]]:
    def read(data: Path, seed: int) -> tuple[list[Example], list[Example]]:
        train, test = _banking(data, seed)
        drawn = random.Random(seed)
        by_intent: dict[str, list[Example]] = {}
        for one in train:
            by_intent.setdefault(str(one.intent), []).append(one)
        return [one for intent in sorted(by_intent) for one in drawn.sample(by_intent[intent], number)], test

    return read


def _clinc(data: Path, _seed: int) -> tuple[list[Example], list[Example]]:
    """The official validation's out-of-scope texts (100) choose the threshold together with the training's (100)."""
    rows = json.loads((data / "clinc150" / "data_full.json").read_text(encoding="utf-8"))
    train = [_example(*row) for part in ("train", "oos_train", "oos_val") for row in rows[part]]
    return train, [_example(*row) for part in ("test", "oos_test") for row in rows[part]]


def _hint(bot: str) -> Callable[[Path, int], tuple[list[Example], list[Example]]]:
    def read(data: Path, _seed: int) -> tuple[list[Example], list[Example]]:
        folder = data / "hint3" / "v2"
        return _csv(folder / f"{bot}_train.csv"), _csv(folder / f"{bot}_test.csv")

    return read


def _smp(data: Path, _seed: int) -> tuple[list[Example], list[Example]]:
    train, test = (_lines(data / "smp2020" / f"{part}.jsonl", "domain", "intent") for part in ("train", "test"))
    return train, _without(test, train)


def _xsid(data: Path, _seed: int) -> tuple[list[Example], list[Example]]:
    train, test = (_lines(data / "xsid" / f"zh.{part}.jsonl") for part in ("valid", "test"))
    return train, _without(test, train)


def _near(data: Path, _seed: int) -> tuple[list[Example], list[Example]]:
    folder = data / "banking77_oos"
    return _lines(folder / "train.jsonl"), _lines(folder / "test.jsonl") + _lines(folder / "id-oos.test.jsonl")


def _without(test: list[Example], train: list[Example]) -> list[Example]:
    seen = {clean(one.text) for one in train}
    return [one for one in test if clean(one.text) not in seen]


def _own(part: Split, language: Language) -> Callable[[Path, int], tuple[list[Example], list[Example]]]:
    """Both languages are learned together, with what the intents are called and how they are defined.

    For the test the validation messages are learned too.
    """

    def read(_data: Path, _seed: int) -> tuple[list[Example], list[Example]]:
        learned = [
            Example(text, one.id)
            for one in declared_intents().values()
            for text in (*one.title.values(), one.definition)
        ]
        for each in LANGUAGES:
            data = load(each)
            messages = [*data.train, *load_further(each), *(data.validation if part == "test" else ())]
            learned += [Example(one.text, one.intent) for one in messages]
        asked = load(language).test if part == "test" else load(language).validation
        return learned, [Example(one.text, one.intent) for one in asked]

    return read


_SETS: dict[str, tuple[Callable[[Path, int], tuple[list[Example], list[Example]]], dict[str, float]]] = {
    "own zh, validation": (_own("validation", "zh"), {}),
    "own en, validation": (_own("validation", "en"), {}),
    "own zh": (_own("test", "zh"), {"accuracy": 92.0, "oos_recall": 85.0}),
    "own en": (_own("test", "en"), {}),
    "xSID zh": (_xsid, {"accuracy": 92.5}),
    "HINT3 SOFMattress": (_hint("sofmattress"), {"accuracy": 78.0}),
    "HINT3 Powerplay11": (_hint("powerplay11"), {"accuracy": 69.0}),
    "BANKING77 5-shot": (_shots(5), {"accuracy": 82.0}),
    "BANKING77 10-shot": (_shots(10), {"accuracy": 87.0}),
    "SMP2020 domain.intent": (_smp, {"accuracy": 94.5}),
    "BANKING77": (_banking, {"accuracy": 94.3}),
    "BANKING77 near OOS": (_near, {}),
    "CLINC150": (_clinc, {"accuracy": 96.0, "oos_auroc": 97.0, "accepted_right": 92.0, "oos_recall": 90.0}),
}
