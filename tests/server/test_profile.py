"""What is remembered of a customer, over HTTP on both databases: asked for once, kept with a yes, shown, forgotten."""

from typing import Any

from kefu.domain.access import Scope
from tests.support.live import Json, Live, Operator, Visitor
from tests.support.profiles import ALLOWED


async def remembering(live: Live) -> Operator:
    """The shop may keep four facts; somebody who may look at them and delete them."""
    operator = await live.operator(Scope.CONTACTS_READ, Scope.CONTACTS_WRITE)
    await live.factory.profiles.set_allowed(operator.workspace_id, ALLOWED)
    return operator


async def contact_of(live: Live, operator: Operator, visitor: Visitor) -> str:
    async with live.factory.database.read(operator.workspace_id) as unit:
        return (await unit.conversations.get(visitor.conversation_id)).contact_id


async def another_conversation(visitor: Visitor) -> Visitor:
    created = await visitor.client.post("/api/v1/conversations", json={}, headers=visitor.headers)
    return Visitor(visitor.client, visitor.url, visitor.token, created.json()["id"])


async def press(visitor: Visitor, choice: str) -> Json:
    return await visitor.ask("…", payload={"choice": choice})


async def profile_of(operator: Operator, contact_id: str) -> tuple[str | None, dict[str, Any]]:
    body = (await operator.get(f"/contacts/{contact_id}/profile")).json()
    return body["consent"], {fact["name"]: fact["value"] for fact in body["facts"]}


async def test_a_fact_is_kept_after_a_yes_and_known_in_the_next_conversation(live: Live) -> None:
    operator, visitor = await remembering(live), await live.visitor()
    contact_id = await contact_of(live, operator, visitor)
    asked = await visitor.ask("我平时穿42码的鞋")
    assert [reply["choice"] for reply in asked["quick_replies"]] == ["profile:yes", "profile:no"]
    assert await profile_of(operator, contact_id) == (None, {}), "nothing before the yes"
    assert "已记住" in (await press(visitor, "profile:yes"))["text"]
    assert await profile_of(operator, contact_id) == ("given", {"shoe_size": 42})
    (fact,) = (await operator.get(f"/contacts/{contact_id}/profile")).json()["facts"]
    assert (fact["title"], fact["source"], fact["conversation_id"]) == (
        {"zh": "鞋码", "en": "shoe size"},
        "statement",
        visitor.conversation_id,
    )
    assert fact["expires_at"] is not None

    later = await another_conversation(visitor)
    shown = await later.ask("你记住了我什么？")
    assert "鞋码：42" in shown["text"]
    assert "已记住：城市 杭州" in (await later.ask("我住在杭州"))["text"], "a second fact needs no second consent"
    asked = await later.ask("忘记我")
    assert "共 2 条" in asked["text"]
    assert await profile_of(operator, contact_id) == ("given", {"shoe_size": 42, "city": "杭州"}), "not before the yes"
    assert "没有删除" in (await later.ask("不删除"))["text"]
    await later.ask("忘记我")
    assert "已删除" in (await later.ask("删除"))["text"], "a button's title may be typed as well"
    assert (await profile_of(operator, contact_id))[1] == {}
    assert "没有记住" in (await later.ask("你记住了我什么"))["text"]


async def test_a_no_is_final_and_silence_keeps_nothing(live: Live) -> None:
    operator, refusing, silent = await remembering(live), await live.visitor(), await live.visitor()
    await refusing.ask("I wear size 42")
    assert "will not remember" in (await refusing.ask("no"))["text"]
    again = await refusing.ask("I live in Hangzhou")
    assert again["quick_replies"] == []
    assert await profile_of(operator, await contact_of(live, operator, refusing)) == ("refused", {})
    await silent.ask("I wear size 42")
    await silent.ask("退款多久到账？")
    assert await profile_of(operator, await contact_of(live, operator, silent)) == (None, {})
    late = await silent.ask("yes")
    assert "42" not in late["text"], "the question is no longer open"


async def test_operators_delete_one_fact_or_all(live: Live) -> None:
    operator, visitor = await remembering(live), await live.visitor()
    contact_id = await contact_of(live, operator, visitor)
    await visitor.ask("I wear size 42")
    await visitor.ask("yes")
    await visitor.ask("I live in Hangzhou")
    path = f"/contacts/{contact_id}/profile"
    assert (await operator.request("DELETE", f"{path}?fact=shoe_size")).json() == {"forgotten": 1}
    assert (await operator.request("DELETE", f"{path}?fact=shoe_size")).json() == {"forgotten": 0}
    assert await profile_of(operator, contact_id) == ("given", {"city": "Hangzhou"})
    assert (await operator.request("DELETE", path)).json() == {"forgotten": 1}
    assert "not remembered" in (await visitor.ask("what do you know about me"))["text"]


async def test_a_profile_needs_its_scopes_and_is_of_one_workspace(live: Live) -> None:
    operator, visitor = await remembering(live), await live.visitor()
    path = f"/contacts/{await contact_of(live, operator, visitor)}/profile"
    reader, writer = await live.operator(Scope.CONTACTS_READ), await live.operator(Scope.CONTACTS_WRITE)
    assert (await writer.get(path)).status_code == 403
    assert (await reader.request("DELETE", path)).status_code == 403
    assert (await visitor.client.get(f"/api/v1{path}", headers=visitor.headers)).status_code == 401
    other = await live.factory.setup.ensure_workspace("other")
    issued = await live.factory.access.issue(other.id, name="x", scopes=(Scope.CONTACTS_READ, Scope.CONTACTS_WRITE))
    stranger = Operator(live.client, other.id, issued.token)
    assert (await stranger.get(path)).status_code == 404
    assert (await stranger.request("DELETE", path)).status_code == 404
