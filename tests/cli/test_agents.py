"""``kefu agent`` as an operator types it."""

import json
from pathlib import Path

from tests.cli.conftest import Run

HOURS = {"time_zone": "Asia/Shanghai", "weekly": [[["09:00", "18:00"]]] * 5 + [[], []], "answer_within_minutes": 30}


def test_an_agent_is_made_listed_and_given_another_key(kefu: Run) -> None:
    made = json.loads(kefu("agent", "add", "小美", "--language", "zh", "--team", "退款", "--json").stdout)
    assert made["token"].startswith("key_")
    (listed,) = json.loads(kefu("agent", "list", "--json").stdout)
    assert (listed["name"], listed["languages"], listed["state"]) == ("小美", ["zh"], "offline")
    assert kefu("agent", "key", "小美").stdout.strip() != made["token"]
    assert len(json.loads(kefu("key", "list", "--json").stdout)) == 2
    assert kefu("agent", "add", "小美").exit_code == 1
    assert kefu("agent", "add", "Tom", "--language", "fr").exit_code == 1
    assert kefu("agent", "key", "Nobody").exit_code == 1


def test_hours_are_set_shown_and_removed(kefu: Run, tmp_path: Path) -> None:
    file = tmp_path / "hours.json"
    file.write_text(json.dumps(HOURS))
    assert json.loads(kefu("agent", "hours", "web").stdout)["hours"] is None
    assert json.loads(kefu("agent", "hours", "web", "--file", file).stdout)["hours"]["answer_within_minutes"] == 30
    assert json.loads(kefu("agent", "hours", "web").stdout)["hours"]["time_zone"] == "Asia/Shanghai"
    assert json.loads(kefu("agent", "hours", "web", "--remove").stdout)["hours"] is None
    assert kefu("agent", "hours", "nowhere").exit_code == 1


def test_whom_to_call_is_shown_and_set(kefu: Run, tmp_path: Path) -> None:
    file, wrong = tmp_path / "hotlines.json", tmp_path / "wrong.json"
    file.write_text(json.dumps({"injury": {"zh": "急救 120"}}))
    wrong.write_text(json.dumps({"weather": {"zh": "x"}}))
    assert json.loads(kefu("agent", "hotlines").stdout) == {}
    assert json.loads(kefu("agent", "hotlines", "--file", file).stdout) == {"injury": {"zh": "急救 120"}}
    assert kefu("agent", "hotlines", "--file", wrong).exit_code == 1
    assert json.loads(kefu("agent", "hotlines").stdout) == {"injury": {"zh": "急救 120"}}


def test_a_key_that_may_approve_says_so(kefu: Run) -> None:
    kefu("agent", "add", "小美", "--approves")
    kefu("agent", "key", "小美")
    scopes = [key["scopes"] for key in json.loads(kefu("key", "list", "--json").stdout)]
    assert ["actions:write" in one for one in scopes] == [True, False]
