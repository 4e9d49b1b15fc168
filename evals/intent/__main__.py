"""``python -m evals.intent``: one recipe on every public set, in percent. Weights and thresholds come from training texts only.

Public sets are read from KEFU_DATA; what is not there is skipped loudly.
"""

import argparse
import sys
from collections.abc import Sequence
from statistics import mean, pstdev

from rich.console import Console
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from evals.intent.measure import Figures, Kept, measure
from evals.intent.sets import read_sets
from evals.retrieval.place import find_data
from kefu.kit.intervals import wilson
from kefu.knowledge.embedding import create_embedder

_COLUMNS = ("fasttext", "words", "joint", "logistic", "kernel")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.intent", description=__doc__)
    parser.add_argument("--only", default="", metavar="TEXT", help="only sets with this in their name")
    parser.add_argument("--seeds", type=int, default=3, help="folds, fastText and few-shot draws (default: 3)")
    options = parser.parse_args(arguments)
    data = find_data()
    if data is None:
        return 0
    kept = Kept(create_embedder())
    console = Console(width=220)
    heads = [*_COLUMNS, "plain", "ensemble", "ece", "accepted", "oos rec", "oos auroc", "train s", "ms", "ms plain"]
    console.print(f"{'set':24}" + "".join(f"{head:>11}" for head in heads))
    names = [one.name for one in read_sets(data, seed=0, only=options.only)]
    with threadpool_limits(1):
        for name in names:
            runs: list[Figures] = []
            floors: dict[str, float] = {}
            for seed in range(options.seeds):
                one = next(found for found in read_sets(data, seed=seed, only=name) if found.name == name)
                runs.append(measure(one, kept, seed=seed))
                floors = one.floors
            console.print(_row(name, runs))
            console.print(_below(runs, floors), style="dim")
    return 0


def _row(name: str, runs: Sequence[Figures]) -> str:
    cells = [_percent([run.members[member] for run in runs]) for member in _COLUMNS]
    cells += [_percent([run.plain for run in runs]), _percent([run.accuracy for run in runs])]
    cells += [f"{mean(run.ece for run in runs):.3f}", _percent([run.accepted_right for run in runs])]
    for values in ([run.oos_recall for run in runs], [run.oos_auroc for run in runs]):
        cells.append(_percent([value for value in values if value is not None]))
    cells += [
        f"{mean(value):.2f}" for value in zip(*((run.train_s, run.ms, run.ms_plain) for run in runs), strict=True)
    ]
    return f"{name:24}" + "".join(f"{cell:>11}" for cell in cells)


def _percent(values: Sequence[float]) -> str:
    if not values:
        return "-"
    spread = f"±{100 * pstdev(values):.1f}" if len(values) > 1 else ""
    return f"{100 * mean(values):.1f}{spread}"


def _below(runs: Sequence[Figures], floors: dict[str, float]) -> str:
    """The interval of the ensemble's accuracy for the first seed, and which promise is not kept."""
    low, high = wilson(runs[0].hits, runs[0].n)
    missed = [
        f"{name} {100 * value:.1f} < {floor}"
        for name, floor in floors.items()
        if (value := mean(getattr(run, name) for run in runs)) * 100 < floor
    ]
    return f"    {runs[0].n} texts, 95 % interval {100 * low:.1f} to {100 * high:.1f}; " + (
        "below the floor: " + ", ".join(missed) if missed else "no floor missed"
    )


if __name__ == "__main__":
    sys.exit(main())
