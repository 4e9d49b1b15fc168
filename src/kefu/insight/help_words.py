"""The sentences of what others added to a turn: plugins, and a model that read or looked something up."""

from collections.abc import Iterator

from kefu.insight.stage_words import Step, Words
from kefu.kit.jsonvalue import as_list


class HelpWords(Words):
    """What is told of them."""

    def plugin(self, step: Step) -> Iterator[str]:
        facts = step.facts
        what = {"values": self.say("plugin_values"), "marks": self.say("plugin_marks")}
        why = str(facts["why"])
        yield self.say(f"plugin_{step.chosen}", plugin=facts["plugin"], part=facts["part"], why=what.get(why, why))

    def route(self, step: Step) -> Iterator[str]:
        if step.chosen in {"hard", "model"}:
            reasons = [self.name("hard", str(one)) for one in as_list(step.facts.get("reasons", []))]
            yield self.say(f"route_{step.chosen}", reasons=self.say("comma").join(reasons))

    def model_read(self, step: Step) -> Iterator[str]:
        facts = step.facts
        failure = self.name("failure", step.reason)
        yield self.say(
            f"model_read_{step.chosen}", failure=failure, shown=facts.get("shown", ""), why=facts.get("why", "")
        )

    def loop(self, step: Step) -> Iterator[str]:
        facts = step.facts
        rejected = len(as_list(facts["rejected"]))
        yield self.say(f"loop_{step.chosen}", rounds=facts["rounds"], said=facts["said"], rejected=rejected)
