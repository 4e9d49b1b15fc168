"""Files over HTTP: sent, read by a worker, gone afterwards; bodies that are no such form are refused."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from kefu.domain.access import Scope
from kefu.services.source_settings import SourceSettings
from tests.server.test_sources import ALL, over
from tests.support.live import Live, Operator, live_server

PATH = "/knowledge/imports"
MIB = 1024 * 1024
FORM = {"Content-Type": "multipart/form-data; boundary=b"}
HEAD = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.md"\r\n\r\n'


@pytest.fixture
async def live(database_url: str, tmp_path: Path) -> AsyncIterator[Live]:
    async with live_server(database_url, tmp_path, sources=SourceSettings(max_upload_mib=3)) as server:
        yield server


async def _send(operator: Operator, **files: bytes) -> httpx2.Response:
    parts = [("files", (name.replace("_", "."), data)) for name, data in files.items()]
    return await operator.post(PATH, files=parts)


async def _kept(live: Live) -> int:
    """Files that wait in the database, as they would be swept later."""
    async with live.factory.database.platform_view() as platform:
        return len(await platform.list_old_uploads(before=live.factory.clock.now() + timedelta(days=1), limit=99))


async def test_files_are_read_and_a_bad_one_is_told(live: Live) -> None:
    operator = await live.operator(*ALL)
    large = (
        b"<html><body><!--"
        + bytes(1_300_000).replace(b"\0", b"x")
        + b"--><main><p>Whales cost 12 yuan.</p></main></body></html>"
    )
    sent = await _send(
        operator,
        gift_zh_md="# 黑猫礼盒\n\n黑猫礼盒售价 99 元。".encode(),
        large_html=large,
        x_pdf=b"<html>Sign in",
    )
    assert sent.status_code == 202, sent.text
    job = await over(operator, sent.json())
    assert (job["kind"], job["state"], job["done"], job["result"]["added"]) == ("knowledge_import", "succeeded", 3, 2)
    assert [(one["item"], one["code"]) for one in job["problems"]] == [("x.pdf", "wrong_kind")]
    assert "99 元" in (await (await live.visitor()).ask("黑猫礼盒售价多少元？"))["text"]
    assert await _kept(live) == 3
    assert await live.factory.source_schedule.sweep() == 3
    assert await _kept(live) == 0
    assert list((live.factory.settings.data_dir / "spool").iterdir()) == []


async def test_a_name_only_names(live: Live) -> None:
    operator = await live.operator(*ALL)
    job = await over(
        operator, (await operator.post(PATH, files=[("files", ("../../etc/x\\y.zh.md", b"# A\n\nText."))])).json()
    )
    assert job["problems"] == []
    listed = (await operator.get("/knowledge/documents")).json()["documents"]
    assert "etc/x/y" in {one["key"] for one in listed}


async def test_a_file_that_is_too_large_leaves_nothing(live: Live) -> None:
    operator = await live.operator(*ALL)
    refused = await _send(operator, a_md=b"# A\n\nText.", b_md=bytes(3 * MIB + 1))
    assert (refused.status_code, refused.json()["code"]) == (413, "file_too_large")
    many = await _send(operator, **{f"f{number}_md": bytes(3 * MIB) for number in range(11)})
    assert (many.status_code, many.json()["code"]) == (413, "file_too_large")
    assert (await operator.get("/jobs")).json()["jobs"][0]["finished_at"] is not None
    assert await _kept(live) == 0


NO_FORMS = [b"", b"--b--\r\n", b"x--b\r\n", HEAD + b"text", HEAD + b"text\r\n--b", HEAD + b"text\r\n--bx", b"--b\r\n" + b"h" * 9_000,
     b'--b\r\nContent-Disposition: form-data; name="other"; filename="a.md"\r\n\r\nx\r\n--b--', b"--b\r\n\r\nx\r\n--b--",
     b'--b\r\nContent-Disposition: form-data; name="files"\r\n\r\nx\r\n--b--', HEAD.replace(b"a.md", b"..") + b"x\r\n--b--",
     HEAD.replace(b"a.md", b"\xff.md") + b"x\r\n--b--", HEAD.replace(b"a.md", b"a" * 301) + b"x\r\n--b--"]  # fmt: skip


async def test_a_body_that_is_no_form_of_files_is_refused(live: Live) -> None:
    operator = await live.operator(*ALL)
    for body in NO_FORMS:
        refused = await live.client.post(f"/api/v1{PATH}", content=body, headers={**operator.headers, **FORM})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input"), body
    assert await _kept(live) == 0


async def test_a_body_may_come_in_pieces_of_any_size(live: Live) -> None:
    operator = await live.operator(*ALL)
    body = HEAD + b"# A\n\n--b is no end.\r\n\r\nNor is - or -- this.\r\n\r\n--b--\r\n"

    async def pieces(size: int) -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    for size in (1, 2, 3, 7, 4_096):
        sent = await live.client.post(f"/api/v1{PATH}", content=pieces(size), headers={**operator.headers, **FORM})
        result = (await over(operator, sent.json()))["result"]
        assert (result["added"], result["unchanged"]) == ((1, 0) if size == 1 else (0, 1))


async def test_the_sender_is_known_before_a_byte_is_read(live: Live) -> None:
    reader = await live.operator(Scope.KNOWLEDGE_READ)
    assert (await _send(reader, a_md=b"x")).json()["code"] == "forbidden"
    assert (await live.client.post(f"/api/v1{PATH}", content=b"x")).json()["code"] == "unauthenticated"
    assert (await live.client.post("/api/v1/visitors", content=bytes(MIB))).status_code == 413
