"""Sources over HTTP: added, changed, synced, deleted; with the right key, of one's own workspace."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from kefu.domain.access import Scope
from kefu.services.source_settings import SourceSettings
from tests.support.live import Live, Operator, live_server

ALL = (Scope.KNOWLEDGE_READ, Scope.KNOWLEDGE_WRITE, Scope.JOBS_READ)
PAGE = "# 黑猫礼盒\n\n黑猫礼盒售价 99 元。"


@pytest.fixture
async def live(database_url: str, tmp_path: Path) -> AsyncIterator[Live]:
    (tmp_path / "kb").mkdir()
    (tmp_path / "kb/gift.zh.md").write_text(PAGE)
    async with live_server(database_url, tmp_path, sources=SourceSettings(folders=str(tmp_path / "kb"))) as server:
        yield server


async def over(operator: Operator, job: dict[str, Any]) -> dict[str, Any]:
    """The job when it is over."""
    async with asyncio.timeout(30):
        while job["finished_at"] is None:
            await asyncio.sleep(0.05)
            job = (await operator.get(f"/jobs/{job['id']}")).json()
    return job


async def test_a_source_from_its_first_to_its_last_day(live: Live, tmp_path: Path) -> None:
    operator = await live.operator(*ALL)
    body = {"kind": "folder", "address": str(tmp_path / "kb"), "tags": ["a"]}
    added = await operator.post("/knowledge/sources", json=body)
    path = f"/knowledge/sources/{added.json()['id']}"
    assert (added.status_code, added.json()["due_at"], added.json()["max_items"]) == (201, None, 500)
    assert (await operator.post("/knowledge/sources", json=body)).json()["code"] == "conflict"
    ordered = await operator.post(f"{path}/sync")
    assert ordered.status_code == 202
    assert (await over(operator, ordered.json()))["result"]["added"] == 1
    assert "99 元" in (await (await live.visitor()).ask("黑猫礼盒售价多少元？"))["text"]
    changed = await operator.request("PATCH", path, json={"interval_minutes": 60, "segments": ["vip"]})
    assert (changed.json()["interval_minutes"], changed.json()["tags"], changed.json()["segments"]) == (
        60,
        ["a"],
        ["vip"],
    )
    (listed,) = (await operator.get("/knowledge/sources")).json()["sources"]
    assert (listed["synced_at"] is not None, listed["failures"]) == (True, 0)
    deleted = await operator.request("DELETE", path)
    assert (deleted.status_code, deleted.json()) == (200, {"removed_documents": 1})
    assert (await operator.get(path)).status_code == 404


async def test_a_source_with_an_interval_is_read_by_itself(live: Live, tmp_path: Path) -> None:
    operator = await live.operator(*ALL)
    body = {"kind": "folder", "address": str(tmp_path / "kb"), "interval_minutes": 60}
    path = f"/knowledge/sources/{(await operator.post('/knowledge/sources', json=body)).json()['id']}"
    async with asyncio.timeout(30):
        while (source := (await operator.get(path)).json())["synced_at"] is None:  # noqa: ASYNC110 - another process's work
            await asyncio.sleep(0.1)
    assert source["due_at"] > source["synced_at"]
    assert len((await operator.get("/jobs?kind=source_sync")).json()["jobs"]) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "web", "address": "http://169.254.169.254/latest/meta-data/"}, "address_refused"),
        ({"kind": "sitemap", "address": "http://127.0.0.1/sitemap.xml"}, "address_refused"),
        ({"kind": "git", "address": "ext::sh -c id"}, "address_refused"),
        ({"kind": "folder", "address": "/etc"}, "invalid_input"),
        ({"kind": "ftp", "address": "x"}, "invalid_input"),
        ({"kind": "folder", "address": "/etc", "interval_minutes": 1}, "invalid_input"),
        ({"kind": "folder", "address": "/etc", "workspace_id": "ws"}, "invalid_input"),
    ],
)
async def test_what_may_not_be_read_is_refused(live: Live, body: dict[str, Any], code: str) -> None:
    operator = await live.operator(*ALL)
    refused = await operator.post("/knowledge/sources", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert (await operator.get("/knowledge/sources")).json() == {"sources": []}


async def test_keys_and_workspaces_are_kept_apart(live: Live, tmp_path: Path) -> None:
    operator, reader = await live.operator(*ALL), await live.operator(Scope.KNOWLEDGE_READ)
    body = {"kind": "folder", "address": str(tmp_path / "kb")}
    path = f"/knowledge/sources/{(await operator.post('/knowledge/sources', json=body)).json()['id']}"
    for method, tail in (("POST", "/sync"), ("PATCH", ""), ("DELETE", "")):
        assert (await reader.request(method, path + tail, json={})).json()["code"] == "forbidden"
    other = await live.factory.setup.ensure_workspace("other")
    issued = await live.factory.access.issue(other.id, name="o", scopes=ALL)
    stranger = Operator(live.client, other.id, issued.token)
    for method, tail in (("GET", ""), ("POST", "/sync"), ("PATCH", ""), ("DELETE", "")):
        assert (await stranger.request(method, path + tail, json={})).status_code == 404
