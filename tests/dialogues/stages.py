"""The dialogues of this folder, and what plays them: one assistant, and one trained stage for each setup, per process."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from kefu.config import Settings
from kefu.dialogue.intents.once import OnceClassifier
from kefu.factory import Factory
from kefu.services.evaluation.dialogues.evaluating import DialogueEvaluation
from kefu.services.evaluation.dialogues.files import Dialogue, read_dialogues
from kefu.services.evaluation.dialogues.modelling import DialogueModel
from kefu.services.evaluation.dialogues.staging import Stage, Staging

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
    return Staging(factory().embedder, classifiers=factory().flow_classifiers)


@cache
def evaluation() -> DialogueEvaluation:
    return DialogueEvaluation(factory().rehearsal_engine, staging(), strings=factory().strings, model=model())


@cache
def dialogues() -> tuple[Dialogue, ...]:
    return tuple(found for setup in SETUPS for found in read_dialogues(FOLDER / setup))


def patient_stage(dialogue: Dialogue) -> Stage:
    """The stage of many dialogues that use the same words: what a text wants is found out once, not in each."""
    return _patient(dialogue.folder.name)


@cache
def _patient(setup: str) -> Stage:
    stage = staging().stage(next(one for one in dialogues() if one.folder.name == setup))
    classifier = stage.classifier
    return replace(stage, classifier=None if classifier is None else OnceClassifier(classifier))
