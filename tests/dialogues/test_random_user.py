"""Nothing is ever written that was not shown before and then confirmed, whatever a customer says."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from kefu.dialogue.flows.state import DialogueState
from kefu.dialogue.tools.admission import hash_of
from kefu.domain.action import PendingActionState
from kefu.kit.jsonvalue import as_object
from kefu.services.evaluation.dialogues.checking import commands_of
from kefu.services.evaluation.dialogues.files import Dialogue, DialogueScript, TurnScript, said
from kefu.services.evaluation.dialogues.playing import Played, Player
from tests.dialogues.random_user import FOREIGN, NO, TORN, YES_WORDS, RandomUser
from tests.dialogues.stages import FOLDER, SETUPS, dialogues, factory, patient_stage

COUNT = int(os.environ.get("KEFU_TEST_RANDOM_DIALOGUES", "60"))
FIRST = int(os.environ.get("KEFU_TEST_RANDOM_FIRST", "0"))
"""The seed of the first dialogue of each setup."""
BATCHES = max(10, COUNT // 200)
"""A test takes minutes at the most."""
LONGEST = 9


@dataclass(frozen=True, slots=True)
class Shown:
    """What waited for a confirmation after a turn: the action, and the hash of its arguments."""

    id: str
    tool: str
    arguments_hash: str


def wishes_of(setup: str) -> list[str]:
    """How the dialogues of a setup begin."""
    first = [one.script.turns[0].user for one in dialogues() if one.folder.name == setup]
    return [text if isinstance(text, str) else " ".join(text) for text in first if text]


def make_dialogue(setup: str, seed: int) -> Dialogue:
    like = next(one for one in dialogues() if one.folder.name == setup)
    script = DialogueScript(
        dialogue=f"random_{seed}", topic="random", language="zh" if seed % 2 else "en", turns=(TurnScript(user="?"),)
    )
    return Dialogue(script, like.setup, FOLDER / setup, like.file)


async def play_at_random(setup: str, seed: int) -> int:
    """How much it has written."""
    dialogue = make_dialogue(setup, seed)
    player = Player(factory().rehearsal_engine, patient_stage(dialogue), dialogue, strings=factory().strings)
    user = RandomUser(seed, wishes_of(setup))
    shown: Shown | None = None
    turn, story, written = user.begin(), [f"{setup} {seed}"], 0
    try:
        for _ in range(LONGEST):
            texts = (turn.user,) if isinstance(turn.user, str) else turn.user
            played = await player.play(turn, texts)
            story.append(f"{turn.press or ' | '.join(texts)} → {as_object(played.ending['reply'])['text']}")
            check(played, turn, shown, story)
            check_waiting(player, played, story)
            written += len(played.writes)
            shown = waiting(played.dialogue)
            turn = user.say(played)
    finally:
        await player.aclose()
    return written


def check(played: Played, turn: TurnScript, shown: Shown | None, story: list[str]) -> None:
    """Something is said; and what was written is what was shown before, word for word, and has a yes in this turn."""
    told = "\n".join(story)
    assert str(as_object(played.ending["reply"])["text"]).strip(), f"nothing was said\n{told}"
    assert len(played.writes) <= 1, f"one confirmation wrote twice\n{told}"
    for tool, arguments in played.writes:
        assert shown is not None, f"{tool} was written, and nothing had waited for it\n{told}"
        written = hash_of(tool, arguments)
        assert (shown.tool, shown.arguments_hash) == (tool, written), f"{tool}({arguments}) was not shown\n{told}"
        assert "Affirm" in commands_of(played), f"{tool} was written without a command that confirms\n{told}"
        assert says_yes(turn), f"{tool} was written, and nobody had said yes\n{told}"
        assert not holds_back(turn), f"{tool} was written, and the customer had held it back\n{told}"


def check_waiting(player: Player, played: Played, story: list[str]) -> None:
    """Only what the customer was shown last can still be said yes to; and nothing of other people's is ever shown."""
    told = "\n".join(story)
    actions = player.ledger.actions.values()
    open_ = {one.id for one in actions if one.state is PendingActionState.WAITING}
    pending = played.dialogue.pending
    assert open_ <= ({pending.id} if pending is not None else set()), f"more waits than was shown last\n{told}"
    for one in actions:
        assert one.arguments.get("order_id") not in FOREIGN, f"{one.tool}({one.arguments}) is another's\n{told}"


def says_yes(turn: TurnScript) -> bool:
    """Judged by words alone, without the assistant's own reading."""
    text = "".join(said(turn)).lower()
    return turn.press == "flow:yes" or any(word in text for word in YES_WORDS)


def holds_back(turn: TurnScript) -> bool:
    """Whether one of the messages is a no, or no clear yes: by words alone."""
    return _has_one(said(turn), (*NO, *TORN))


def _has_one(messages: Sequence[str], wanted: Sequence[str]) -> bool:
    return any(message in wanted for message in messages)


def waiting(dialogue: DialogueState) -> Shown | None:
    pending = dialogue.pending
    return None if pending is None else Shown(pending.id, pending.tool, pending.arguments_hash)


@pytest.mark.parametrize("setup", SETUPS)
@pytest.mark.parametrize("batch", range(BATCHES))
async def test_no_random_customer_makes_it_write_unconfirmed(setup: str, batch: int) -> None:
    count = COUNT // (BATCHES * len(SETUPS))
    for number in range(count):
        await play_at_random(setup, FIRST + batch * count + number)
