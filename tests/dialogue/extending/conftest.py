"""A customer of a workspace that has switched on the plugin acme."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kefu.dialogue.abilities import Abilities
from kefu.dialogue.extending.extensions import Enabled, Extensions
from kefu.dialogue.flows.engine import FlowEngine
from kefu.dialogue.flows.lint import load_flows
from kefu.dialogue.propose.slot_types import ChoiceMatcher
from kefu.dialogue.tools.gate import Gate
from kefu.dialogue.tools.memory import MemoryLedger
from kefu.kit.clock import Clock
from kefu.plugins.host import PluginHost
from kefu.services.abilities import catalogue_of
from tests.support.acme import Acme, AcmeSettings, write_acme
from tests.support.profiles import STRINGS, Customer
from tests.support.turns import ByWord


@pytest.fixture
def acme(tmp_path: Path) -> Acme:
    return write_acme(tmp_path / "acme")


@pytest.fixture
async def customer(acme: Acme) -> AsyncIterator[Customer]:
    host = PluginHost([acme.plugin()])
    assert host.broken == ()
    flows, _ = load_flows([acme.folder / "flows"], catalogue_of(host.plugins))
    gate = Gate(host, MemoryLedger(clock=Clock(), states=[]), clock=Clock())
    engine = FlowEngine(flows, strings=STRINGS, matcher=ChoiceMatcher())
    customer = Customer(
        abilities=Abilities(engine, gate, classifier=ByWord({"合同": "show_contract", "contract": "show_contract"}))
    )
    customer.extensions = Extensions(host, (Enabled(host.plugins[0], AcmeSettings()),))
    yield customer
    await host.aclose()
