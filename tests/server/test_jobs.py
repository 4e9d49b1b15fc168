"""Jobs over HTTP: with the right key only, of one's own workspace only."""

import pytest

from kefu.domain.access import Scope
from kefu.domain.job import JobDraft
from tests.support.live import Live


async def test_an_operator_watches_and_stops_jobs(live: Live) -> None:
    operator = await live.operator(Scope.JOBS_READ, Scope.JOBS_WRITE)
    job = await live.factory.jobs.order(operator.workspace_id, JobDraft("unheard_of", "x"))
    (listed,) = (await operator.get("/jobs?kind=unheard_of")).json()["jobs"]
    assert (listed["id"], listed["kind"]) == (job.id, "unheard_of")
    assert (await operator.post(f"/jobs/{job.id}/cancel")).status_code == 202
    assert (await operator.get(f"/jobs/{job.id}")).json()["state"] in {"cancelled", "failed"}


@pytest.mark.parametrize("path", ["/jobs", "/jobs/job_x"])
async def test_without_a_key_or_its_scope_nothing_is_shown(live: Live, path: str) -> None:
    visitor = await live.visitor()
    for headers in ({}, visitor.headers, {"Authorization": "Bearer key_x.y"}):
        response = await live.client.get(f"/api/v1{path}", headers=headers)
        assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
    weak = await live.operator(Scope.KNOWLEDGE_READ)
    assert (await weak.get(path)).json()["code"] == "forbidden"


async def test_another_workspace_s_job_does_not_exist(live: Live) -> None:
    other = await live.factory.setup.ensure_workspace("other")
    job = await live.factory.jobs.order(other.id, JobDraft("unheard_of", "x"))
    operator = await live.operator(Scope.JOBS_READ, Scope.JOBS_WRITE)
    assert (await operator.get(f"/jobs/{job.id}")).status_code == 404
    assert (await operator.post(f"/jobs/{job.id}/cancel")).status_code == 404
