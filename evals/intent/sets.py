"""The public sets, each as one training file and one test file; exact training texts are taken out of re-split tests."""

import csv
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kefu.dialogue.intents.cleaning import clean
from kefu.dialogue.intents.training import Example

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


_SETS: dict[str, tuple[Callable[[Path, int], tuple[list[Example], list[Example]]], dict[str, float]]] = {
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
