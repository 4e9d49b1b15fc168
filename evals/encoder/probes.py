"""Near misses of our own: same words, another number, the opposite, the other direction (probes.tsv; CC0)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evals.encoder.figures import Figure, Unit, mean_of
from evals.encoder.intervals import Flags
from evals.encoder.pairs import jaccard
from evals.encoder.subject import Subject
from kefu.kit.binomial import interval

FILE = Path(__file__).parent / "probes.tsv"


@dataclass(frozen=True, slots=True)
class Probe:
    """``paraphrase`` asks the same in other words, ``near_miss`` something else in nearly the same words."""

    kind: str
    text: str
    paraphrase: str
    near_miss: str


def read_probes(path: Path = FILE) -> list[Probe]:
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return [Probe(*line.split("\t")) for line in lines]


class ProbeRow:
    """How often the paraphrase is nearer than the near miss."""

    title = "own probes: is the paraphrase nearer than the near miss?"

    def __init__(self, probes: Sequence[Probe]) -> None:
        self._probes = probes
        self._texts = [probe.text for probe in probes]
        self._paraphrases = [probe.paraphrase for probe in probes]
        self._near_misses = [probe.near_miss for probe in probes]
        self._kinds = np.array([probe.kind for probe in probes])

    @property
    def tested(self) -> Sequence[str]:
        return [*self._texts, *self._paraphrases, *self._near_misses]

    def floor(self) -> list[Figure]:
        right = [jaccard(probe.text, probe.paraphrase) > jaccard(probe.text, probe.near_miss) for probe in self._probes]
        return self._figures(np.array(right))

    def measure(self, subject: Subject) -> list[Figure]:
        near = subject.cosines(self._texts, self._paraphrases)
        missed = subject.cosines(self._texts, self._near_misses)
        margin = mean_of(self.title, "mean cosine, paraphrase − near miss", near - missed, unit=Unit.COSINE)
        return [*self._figures(near > missed), margin]

    def _figures(self, right: Flags) -> list[Figure]:
        kinds = sorted(set(self._kinds))
        return [
            self._figure("all", right),
            *(self._figure(str(kind), right[self._kinds == kind]) for kind in kinds),
        ]

    def _figure(self, name: str, right: Flags) -> Figure:
        hits, n = int(right.sum()), len(right)
        low, high = interval(hits, n)
        return Figure(self.title, name, hits / n, n, low=low, high=high, cases=right.astype(np.float64))
