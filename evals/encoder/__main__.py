"""``make eval-encoder``: what the sentence encoder knows, in two languages, against a floor measured in the same run.

Public sets are read from KEFU_DATA. Models of several seeds, each with a ``--folder``, become mean ± spread.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from evals.encoder import overlap
from evals.encoder.english import build_english
from evals.encoder.figures import Figure, Run, Unit
from evals.encoder.plan import FULL, QUICK
from evals.encoder.report import Report, ReportError, read_report
from evals.encoder.rows import create_rows
from evals.encoder.subject import Row, Subject, load_subject
from evals.encoder.table import headline, to_differences, to_lines
from evals.retrieval.place import find_data
from kefu_encoder import EncoderError, ModelFolder, Precision, default_folder

_NEIGHBOUR = Path(__file__).parents[3] / "shared" / "data"
_INTERRUPTED = 130
Say = Callable[[str, Sequence[Figure]], None]
"""A line of progress: what was measured, and what it came to."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse(arguments)
    if _NEIGHBOUR.is_dir():
        os.environ.setdefault("KEFU_DATA", str(_NEIGHBOUR))
    data = find_data()
    if data is None:
        return 0
    try:
        other = None if options.compare is None else read_report(options.compare)
        if options.json is not None:
            options.json.parent.mkdir(parents=True, exist_ok=True)
        report = _measure(data, options)
    except (EncoderError, ReportError, NotADirectoryError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; nothing was kept.", file=sys.stderr)
        return _INTERRUPTED
    print("\n".join(to_lines(report)))
    if options.json is not None:
        report.write(options.json)
    if other is not None:
        print("\n".join(("", *to_differences(report, other))))
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals.encoder", description=__doc__)
    parser.add_argument("--folder", type=Path, action="append", help="a built model; may be given again")
    parser.add_argument("--precision", choices=("int8", "fp32"), help="only this one (default: both)")
    parser.add_argument("--quick", action="store_true", help="a look of a minute: int8, fewer questions, fewer rows")
    parser.add_argument("--only", default="", metavar="TEXT", help="only rows with this in their title")
    parser.add_argument("--training", type=Path, metavar="FOLDER", help="look for the tested texts in this folder")
    parser.add_argument(
        "--workers", type=int, default=min(2, os.cpu_count() or 1), help="threads that encode (default: 2)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="show how far an earlier run's figures are away")
    return parser.parse_args(arguments)


def _measure(data: Path, options: argparse.Namespace) -> Report:
    begun = time.perf_counter()
    plan = QUICK if options.quick else FULL
    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")

    def say(what: str, figures: Sequence[Figure]) -> None:
        print(f"{time.perf_counter() - begun:4.0f} s  {what}  {headline(figures)}", file=sys.stderr, flush=True)

    seen = None if options.training is None else overlap.read_training(options.training)
    precisions: Sequence[Precision] = (options.precision,) if options.precision else plan.precisions
    folders = [ModelFolder(path) for path in options.folder] if options.folder else [default_folder()]
    for folder in folders:
        for precision in precisions:
            folder.require(folder.network(precision))
    with TemporaryDirectory() as place, threadpool_limits(1):  # for small matrices more threads only wait
        english = cache(lambda: build_english(Path(place), workers=options.workers))
        rows: list[Row] = []
        floor: list[Figure] = []
        for row in create_rows(data, plan, english=english, only=options.only):
            rows.append(row)
            floor += _said(say, f"floor  {row.title}", row.floor())
        if seen is not None:
            floor += _said(say, "training texts", overlap.check(rows, seen))
        runs = [run for folder in folders for run in _runs(folder, precisions, rows, say, workers=options.workers)]
    return Report(at, plan.name, _machine(options.workers), time.perf_counter() - begun, floor, runs)


def _runs(
    folder: ModelFolder, precisions: Sequence[Precision], rows: Sequence[Row], say: Say, *, workers: int
) -> list[Run]:
    """Every row with each precision of one model, and how near the precisions are to each other."""
    subjects: list[Subject] = []
    runs: list[Run] = []
    for precision in precisions:
        subject = load_subject(folder, precision, workers=workers)
        figures = [one for row in rows for one in _said(say, f"{precision}   {row.title}", row.measure(subject))]
        runs.append(Run(str(folder.path), subject.name, subject.version, precision, figures))
        subjects.append(subject)
    if len(subjects) > 1:
        runs[0].figures.extend(_agreement(subjects[0], subjects[1]))
    return runs


def _agreement(one: Subject, other: Subject) -> list[Figure]:
    near = one.agreement(other)
    title = f"{one.precision} against {other.precision}"
    return [
        Figure(title, "cosine of the two vectors, mean", float(near.mean()), len(near), Unit.COSINE),
        Figure(
            title, "cosine of the two vectors, 1 % are under", float(np.quantile(near, 0.01)), len(near), Unit.COSINE
        ),
    ]


def _said(say: Say, what: str, figures: list[Figure]) -> list[Figure]:
    say(what, figures)
    return figures


def _machine(workers: int) -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": str(os.cpu_count()),
        "workers": str(workers),
        "onnxruntime": onnxruntime.__version__,
    }


if __name__ == "__main__":
    sys.exit(main())
