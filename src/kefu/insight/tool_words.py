"""The sentences about tools: which was called, which was not, and by whose yes."""

from collections.abc import Iterator

from kefu.insight.stage_words import Step, Words


class ToolWords(Words):
    def gate(self, step: Step) -> Iterator[str]:
        tool = step.facts["tool"]
        if step.chosen == "wait":
            yield self.say("gate_wait", tool=tool)
        elif step.chosen == "refuse":
            yield self.say("gate_refused", tool=tool, reason=self.name("refused", step.reason))
        elif step.facts.get("is_recorded"):
            yield self.say("gate_recorded", tool=tool, status=self.say(f"status_{step.chosen}"))
        else:
            reason = "" if step.reason == "all_checks_passed" else self.name("refused", step.reason)
            yield self.say(f"gate_{step.chosen}", tool=tool, reason=reason)
        if step.facts.get("confirmed_in"):
            yield self.say("gate_confirmed", tool=tool)
        if step.facts.get("approved_by"):
            yield self.say("gate_approved", tool=tool)
