"""``kefu key`` and ``kefu job`` as an operator types them."""

import json

from tests.cli.conftest import Run


def test_a_key_is_made_listed_and_revoked(kefu: Run) -> None:
    made = json.loads(kefu("key", "create", "erp", "--scope", "jobs:read", "--days", 30, "--json").stdout)
    assert made["token"].startswith(made["id"] + ".")
    (listed,) = json.loads(kefu("key", "list", "--json").stdout)
    assert (listed["name"], listed["scopes"], listed["revoked_at"]) == ("erp", ["jobs:read"], None)
    assert "token" not in listed
    assert kefu("key", "revoke", made["id"]).exit_code == 0
    assert "revoked" in kefu("key", "list").stdout
    assert kefu("key", "revoke", made["id"]).exit_code == 1


def test_an_unknown_scope_is_refused(kefu: Run) -> None:
    assert kefu("key", "create", "erp", "--scope", "everything").exit_code == 2


def test_there_are_no_jobs_yet(kefu: Run) -> None:
    assert json.loads(kefu("job", "list", "--json").stdout) == []
    assert kefu("job", "show", "job_x").exit_code == 1
