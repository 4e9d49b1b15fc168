"""How well contradictions are found: ``python -m evals.conflicts [--split dev|test] [--show]``.

Nearly all that a company writes does not contradict itself, so precision counts most; half of the pairs are held out.
"""

import argparse
from pathlib import Path

import orjson

from kefu.dialogue.answer.conflicts import Claimed, find_conflict
from kefu.knowledge.vocabulary import built_in

PAIRS = Path(__file__).parent / "data" / "pairs.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--split", choices=("dev", "test"))
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    for language in ("zh", "en"):
        for split in (options.split,) if options.split else ("dev", "test"):
            print(language, split, orjson.dumps(score(language, split, show=options.show)).decode())


def score(language: str, split: str, *, show: bool = False) -> dict[str, float]:
    counts = {"n": 0, "found": 0, "right": 0, "there": 0}
    for line in PAIRS.read_bytes().splitlines():
        pair = orjson.loads(line)
        if (pair["lang"], pair["split"]) != (language, split):
            continue
        one, other = (Claimed(side["text"], side["title"]) for side in (pair["one"], pair["other"]))
        found = find_conflict(one, other, built_in(pair["lang"]))
        counts["n"] += 1
        counts["there"] += pair["conflicts"]
        counts["found"] += found is not None
        counts["right"] += found is not None and pair["conflicts"]
        if show and (found is not None) != pair["conflicts"]:
            print(pair["id"], "WRONG" if found else "MISSED", one, other, found)
    precision = counts["right"] / counts["found"] if counts["found"] else 1.0
    return {**counts, "precision": round(precision, 3), "recall": round(counts["right"] / counts["there"], 3)}


if __name__ == "__main__":
    main()
