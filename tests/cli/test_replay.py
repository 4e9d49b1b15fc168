"""``kefu why`` and ``kefu replay``."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Run


def test_a_turn_is_explained_and_replayed(kefu: Run, knowledge: Path, tmp_path: Path) -> None:
    kefu("kb", "add", knowledge)
    turn = json.loads(kefu("ask", "退款多久到账？", "--workspace", "default", "--json").stdout)["trace_id"]
    assert "p=" not in kefu("why", turn).stdout
    assert "能答对的概率" in kefu("why", turn).stdout
    told = json.loads(kefu("why", turn, "--language", "en", "--json").stdout)
    assert any("the probability that it answers" in sentence for sentence in told["why"])
    assert kefu("why", turn, "--language", "fr").exit_code == 1
    assert kefu("replay", turn).stdout.startswith("equal: 3 events")
    row = json.loads(kefu("replay", turn, "--json").stdout)
    assert (row["outcome"], row["difference"], row["versions"]) == ("equal", None, {})
    assert kefu("replay", "turn_none").exit_code == 1


def test_another_process_comes_to_the_same_bytes(kefu: Run, knowledge: Path, tmp_path: Path) -> None:
    """Sets of text have another order in each process: nothing that is said may depend on it."""
    kefu("kb", "add", knowledge)
    asked = kefu("ask", "退货运费谁出 退款多久到账", "--workspace", "default", "--json")
    turn = json.loads(asked.stdout)["trace_id"]
    program = "import sys; from kefu.cli import main; sys.argv = ['kefu', *sys.argv[1:]]; main()"
    environment = {**os.environ, "KEFU_DATA_DIR": str(tmp_path / "data"), "PYTHONHASHSEED": "7"}
    arguments = [sys.executable, "-c", program, "replay", turn]
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("equal"), done.stdout + done.stderr
