"""The sentences about answers: what was looked up, how sure it was, and who worded it."""

from collections.abc import Iterator

from kefu.insight.stage_words import Step, Words
from kefu.kit.jsonvalue import JsonObject, as_list, as_object


class AnswerWords(Words):
    def understand(self, step: Step) -> Iterator[str]:
        fields = {"typed": self.short(step.facts["typed"]), "question": self.short(step.facts["question"])}
        yield self.say(f"understand_{step.chosen}", **fields, lack=self.say(step.reason))
        if step.facts.get("failure"):
            yield self.say("understand_not_used", failure=self.name("failure", str(step.facts["failure"])))

    def retrieve(self, step: Step) -> Iterator[str]:
        facts, question = step.facts, self.short(step.facts["question"])
        for one in map(as_object, as_list(facts.get("corrections", []))):
            yield self.say("corrected", typed=one["typed"], meant=one["meant"])
        if step.reason == "nothing_found":
            yield self.say("retrieve_nothing_found", question=question)
            return
        held, _, evidence = step.reason.partition("_")
        p, least = float(str(facts["probability"])), step.threshold
        yield self.say(
            f"retrieve_{step.chosen}",
            question=question,
            sources=self._sources(facts),
            p=self.share(p),
            threshold=self.share(least),
            held=self.say(f"held_{held}"),
            evidence=self.say(f"evidence_{evidence}"),
            gap=self.share(abs(p - least)),
        )
        if facts.get("risk"):
            yield self.say(f"risk_{facts['risk']}")
        if facts.get("disagreement"):
            yield self.say("disagreement", kind=self.say(f"conflict_{facts['disagreement']}"))

    def model(self, step: Step) -> Iterator[str]:
        if step.chosen == "failed":
            yield self.say("model_failed", failure=self.name("failure", step.reason))
        elif step.chosen == "cut":
            yield self.say("model_cut")

    def compose(self, step: Step) -> Iterator[str]:
        facts = step.facts
        if step.reason == "verbatim":
            yield self.say("compose_verbatim")
            return
        rejected = len(as_list(facts["rejected"]))
        if step.chosen == "model":
            yield self.say("compose_model", model=facts.get("model", ""), said=facts["said"], rejected=rejected)
        failure = facts["failure"] or ("nothing_supported" if step.chosen == "quotes" else None)
        if failure:
            yield self.say("compose_quotes", failure=self.name("failure", str(failure)), rejected=rejected)
        if facts.get("left_out"):
            yield self.say("compose_left_out", count=facts["left_out"])

    def _sources(self, facts: JsonObject) -> str:
        quotes = [as_object(one) for one in as_list(facts.get("quotes", []))]
        named = dict.fromkeys(self.say("source", title=one["title"], version=one["version"]) for one in quotes)
        return self.say("comma").join(named)
