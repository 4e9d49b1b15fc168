"""What a classifier of wishes learns from: examples of flows, and of the intents that plugins bring."""

from kefu.dialogue.intents.training import Example
from kefu.plugins import Intent
from kefu.services.flow_training import QUESTION, examples_of
from tests.support.flows import flow_of

FLOW = """
flow: cancel
version: 1
title: {zh: 取消, en: Cancel}
start: {intents: [cancel_order], examples: {zh: [取消订单], en: [cancel my order]}}
needs: {auth: anonymous}
slots: {}
steps: [{end: done}]
"""


def test_a_plugin_s_intents_are_learnt_beside_the_flows_own_examples() -> None:
    intent = Intent("cancel_order", {"zh": ["我不要了"], "en": ["call it off"]}, {"zh": ["怎么取消会员"], "en": []})
    flows = {"cancel": flow_of(FLOW)}
    found = examples_of(flows, intents=[intent])
    wished = {one.text for one in found if one.intent == "cancel_order"}
    assert wished == {"取消订单", "cancel my order", "我不要了", "call it off"}
    assert Example("怎么取消会员", QUESTION) in found
    assert Example("我不要了", "cancel_order") not in examples_of(flows)
