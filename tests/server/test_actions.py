"""Writes over HTTP: with the right key only, of one's own workspace only, nothing hidden shown."""

from kefu.domain.access import Scope
from kefu.domain.action import LedgerStatus, PendingActionState
from kefu.services.actions import RECONCILE
from kefu.storage.database import Database
from tests.services.test_tool_ledger import action_of, entry_of
from tests.storage.seeds import seed
from tests.support.live import Live, Operator
from tests.support.writes import Books, stored_books


async def _books(live: Live, *, slug: str) -> Books:
    database: Database = live.factory.database
    return await stored_books(database, found=await seed(database, slug=slug))


async def _operator(live: Live, books: Books, *scopes: Scope) -> Operator:
    issued = await live.factory.access.issue(books.workspace_id, name="test", scopes=scopes)
    return Operator(live.client, books.workspace_id, issued.token)


async def test_an_agent_declines_and_approves(live: Live) -> None:
    books = await _books(live, slug="desk")
    operator = await _operator(live, books, Scope.ACTIONS_READ, Scope.ACTIONS_WRITE)
    for key in ("k1", "k2"):
        await books.ledger.offer(action_of(books, key, state=PendingActionState.APPROVAL, needs_approval=True))
    listed = (await operator.get("/actions")).json()["actions"]
    assert [(each["state"], each["amount"]) for each in listed] == [("approval", "12.34")] * 2
    assert listed[0]["arguments"] == {}, "a tool that is not here cannot say what may be seen"
    first, second = (each["id"] for each in listed)
    assert (await operator.post(f"/actions/{first}/approve")).json()["state"] == "approved"
    declined = (await operator.post(f"/actions/{second}/decline")).json()
    assert (declined["state"], declined["decided_by"][:4]) == ("declined", "key_")
    again = await operator.post(f"/actions/{second}/approve")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert (await operator.post("/actions/act_none/approve")).status_code == 404


async def test_an_agent_settles_what_nobody_knows(live: Live) -> None:
    books = await _books(live, slug="desk")
    operator = await _operator(live, books, Scope.ACTIONS_READ, Scope.ACTIONS_WRITE)
    await books.ledger.begin(entry_of(books, status=LedgerStatus.UNKNOWN), action=None, rate=None, lease=None)
    (write,) = (await operator.get("/actions/writes")).json()["writes"]
    path = f"/actions/writes/{write['id']}/reconcile"
    asked = (await operator.post(path, json={})).json()
    assert (asked["status"], asked["check_at"]) == ("unknown", None)
    assert (await operator.post(path, json={"outcome": "perhaps"})).status_code == 422
    settled = (await operator.post(path, json={"outcome": "failed", "note": "seen"})).json()
    assert (settled["status"], settled["detail"]) == ("failed", "seen")
    assert (await operator.post(path, json={"outcome": "succeeded"})).status_code == 409
    job = (await operator.post("/actions/writes/reconcile")).json()
    assert job["kind"] == RECONCILE.kind


CALLS = [
    ("GET", "/actions", Scope.ACTIONS_WRITE),
    ("GET", "/actions/writes", Scope.ACTIONS_WRITE),
    ("POST", "/actions/{action}/approve", Scope.ACTIONS_READ),
    ("POST", "/actions/{action}/decline", Scope.ACTIONS_READ),
    ("POST", "/actions/writes/reconcile", Scope.ACTIONS_READ),
]


async def test_each_call_needs_its_scope(live: Live) -> None:
    books = await _books(live, slug="desk")
    action = action_of(books, state=PendingActionState.APPROVAL)
    await books.ledger.offer(action)
    for method, path, wrong_scope in CALLS:
        operator = await _operator(live, books, wrong_scope)
        response = await operator.request(method, path.format(action=action.id))
        assert (response.status_code, response.json()["code"]) == (403, "forbidden"), path
        anonymous = await live.client.request(method, f"/api/v1{path.format(action=action.id)}")
        assert anonymous.status_code == 401, path


async def test_another_workspace_s_action_does_not_exist(live: Live) -> None:
    books = await _books(live, slug="desk")
    action = action_of(books, state=PendingActionState.APPROVAL)
    await books.ledger.offer(action)
    stranger = await live.operator(Scope.ACTIONS_READ, Scope.ACTIONS_WRITE)
    assert (await stranger.get("/actions")).json() == {"actions": []}
    for verb in ("approve", "decline"):
        assert (await stranger.post(f"/actions/{action.id}/{verb}")).status_code == 404
