"""``make eval``: every answer-quality measurement of this project, one after the other."""

import runpy

from rich.console import Console

PARTS = ("evals.retrieval", "evals.answers", "evals.answers.acceptance", "evals.query", "evals.memory")
"""Modules that print a table when run; those that need public data say so and go on."""


def main() -> None:
    console = Console()
    for name in PARTS:
        console.rule(name)
        runpy.run_module(name, run_name="__main__")


if __name__ == "__main__":
    main()
