"""The dialogues of this folder, and what plays them: one assistant, and one trained stage for each setup, per process."""

from functools import cache
from pathlib import Path

from kefu.config import Settings
from kefu.factory import Factory
from kefu.services.evaluation.dialogues.evaluating import DialogueEvaluation
from kefu.services.evaluation.dialogues.files import Dialogue, read_dialogues
from kefu.services.evaluation.dialogues.modelling import DialogueModel
from kefu.services.evaluation.dialogues.staging import Staging

FOLDER = Path(__file__).parent
SETUPS = ("shop", "finance")


@cache
def model() -> DialogueModel:
    """None but what the files script."""
    return DialogueModel()


@cache
def factory() -> Factory:
    return Factory(Settings.load(), model=model())


@cache
def staging() -> Staging:
    return Staging(factory().embedder)


@cache
def evaluation() -> DialogueEvaluation:
    return DialogueEvaluation(factory().rehearsal_engine, staging(), strings=factory().strings, model=model())


@cache
def dialogues() -> tuple[Dialogue, ...]:
    return tuple(found for setup in SETUPS for found in read_dialogues(FOLDER / setup))
