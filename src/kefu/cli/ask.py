"""``kefu ask``: one question, one answer, in the terminal."""

from typing import Annotated

import typer
from rich.console import Console

from kefu.cli.serving import build_demo_index, seed_demo
from kefu.cli.session import WorkspaceOption, get_workspace, print_json, run
from kefu.domain.conversation import Author, MessageDraft
from kefu.domain.errors import UnavailableError
from kefu.factory import Factory
from kefu.kit.ids import new_id
from kefu.kit.jsonvalue import JsonObject, as_list, as_object
from kefu.services.principal import Visitor
from kefu.services.setup import DEMO


def ask(
    question: Annotated[str, typer.Argument(help="What a customer would ask.")],
    workspace: WorkspaceOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole reply as JSON.")] = False,
) -> None:
    """Ask the assistant. Where there is no workspace at all, the demo is set up first."""
    reply = run(lambda factory: _ask(factory, question, workspace))
    if as_json:
        print_json(reply)
        return
    _show(reply)


async def _ask(factory: Factory, question: str, named: str | None) -> JsonObject:
    if named in (None, DEMO) and not await factory.setup.list_workspaces():
        await seed_demo(factory)
        await build_demo_index(factory)
    slug = named or (await get_workspace(factory, None)).slug
    _, inbox = await factory.visitors.find_inbox(slug, "api")
    admission = await factory.visitors.admit(slug, "api", identity=None, old_token=None)
    visitor = Visitor(workspace_id=inbox.workspace_id, inbox_id=inbox.id, contact_id=admission.contact_id)
    conversation = await factory.conversations.create(visitor, language=None)
    draft = MessageDraft(client_id=new_id("cli"), author=Author.VISITOR, text=question)
    outcome = await factory.replies.wait(visitor, await factory.receiving.receive(visitor, conversation.id, draft))
    await factory.runner.drain(seconds=5)
    if outcome.reply is None:
        raise UnavailableError("The turn ended without a reply.")
    return outcome.reply


def _show(reply: JsonObject) -> None:
    console = Console(highlight=False)
    console.print(str(reply["text"]), markup=False, soft_wrap=True)
    citations = as_list(reply["citations"])
    for citation in citations:
        found = as_object(citation)
        console.print(f"[{found['number']}] {found['title']} (v{found['version']})", style="dim", markup=False)
    confidence = reply["confidence"]
    shown = f"{confidence:.2f}" if isinstance(confidence, float) else "-"
    console.print(f"{reply['decision']}, p={shown}", style="dim")
