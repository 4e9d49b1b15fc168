"""``python -m evals.shop``: the table of ``make eval-shop``."""

import asyncio
import os
import sys
from pathlib import Path

from evals.shop.replay import replay


def main() -> int:
    folder = Path(os.environ.get("KEFU_DATA", "../shared/data")) / "tau-bench-retail"
    if not folder.is_dir():
        print(f"SKIPPED: {folder} is not there (KEFU_DATA).", file=sys.stderr)
        return 0
    outcomes = asyncio.run(replay(folder))
    print(
        f"{'set':<16}{'sequences':>10}{'equal':>7}{'corrected':>11}{'hashes':>8}{'different':>11}{'wrong failures':>16}"
    )
    for one in outcomes:
        print(
            f"{one.name:<16}{one.total:>10}{one.equal:>7}{one.corrected:>11}{one.hashes:>8}"
            f"{len(one.different):>11}{len(one.wrong_failures):>16}"
        )
        for line in (*one.different, *one.wrong_failures):
            print("   ", line)
        for reason, times in one.reasons.most_common():
            print(f"    refused {times:>3} × {reason}")
    return 0 if all(not one.different and not one.wrong_failures for one in outcomes) else 1


if __name__ == "__main__":
    raise SystemExit(main())
