import { describe, expect, it } from "vitest";
import type { ConversationEvent } from "./events.ts";
import { citation, log, message, reply, sampleLog } from "./testing.ts";
import { applyEvent, emptyThread, isAnswering, placeOf, type AnswerItem, type ThreadState } from "./thread.ts";

const replay = (events: ConversationEvent[], from: ThreadState = emptyThread): ThreadState => events.reduce(applyEvent, from);
const answers = (state: ThreadState): AnswerItem[] => state.items.filter((item): item is AnswerItem => item.kind === "answer");

describe("a thread is the fold of its events", () => {
  it("joins the deltas to the final text", () => {
    const events = sampleLog();
    const spoken = answers(replay(events.slice(0, 6)))[0]!;
    const finished = answers(replay(events.slice(0, 7)))[0]!;
    expect(spoken.phase).toBe("speaking");
    expect(finished.phase).toBe("finished");
    expect(spoken.text).toBe(finished.text);
    expect(spoken.citations).toEqual(finished.citations);
  });

  it("gives the same state for any prefix followed by a resume that overlaps", () => {
    const events = sampleLog();
    const whole = replay(events);
    for (let cut = 0; cut <= events.length; cut++) {
      for (let overlap = 0; overlap <= cut; overlap++) {
        expect(replay(events.slice(cut - overlap), replay(events.slice(0, cut)))).toEqual(whole);
      }
    }
  });

  it("changes nothing for a duplicate or after a gap", () => {
    const events = sampleLog();
    const state = replay(events.slice(0, 3));
    expect(placeOf(state, events[1]!)).toBe("duplicate");
    expect(placeOf(state, events[5]!)).toBe("gap");
    expect(applyEvent(state, events[1]!)).toBe(state);
    expect(applyEvent(state, events[5]!)).toBe(state);
  });

  it("counts an event it does not know", () => {
    const unknown = { seq: 1, type: "tool_called", turn_id: null, at: "", data: {} } as unknown as ConversationEvent;
    expect(applyEvent(emptyThread, unknown)).toEqual({ ...emptyThread, lastSeq: 1 });
  });
});

describe("a turn", () => {
  it("is being answered from the message to its end", () => {
    const events = sampleLog();
    const answering = events.map((_, index) => isAnswering(replay(events.slice(0, index + 1))));
    expect(answering).toEqual([true, true, true, true, true, true, false, true, true, true, false, false]);
  });

  it("may answer several messages", () => {
    const state = replay(
      log(
        { type: "message_received", data: { message: message("m1", "你好") } },
        { type: "message_received", data: { message: message("m2", "怎么退货") } },
        { type: "turn_finished", data: { message: message("m3", "好的", "assistant"), reply: reply("好的"), message_ids: ["m1", "m2"] } },
      ),
    );
    expect(isAnswering(state)).toBe(false);
    expect(state.items.map((item) => item.key)).toEqual(["m1", "m2", "turn_1"]);
  });

  it("keeps what was said when it is stopped", () => {
    const state = replay(
      log(
        { type: "message_received", data: { message: message("m1", "你好") } },
        { type: "answer_delta", data: { text: "您", kind: "model" } },
        { type: "turn_failed", data: { code: "turn_stopped", text: "您", message_ids: ["m1"] } },
      ),
    );
    expect(answers(state)[0]).toMatchObject({ phase: "failed", failure: "turn_stopped", text: "您", messageIds: ["m1"] });
    expect(isAnswering(state)).toBe(false);
  });

  it("takes a citation that comes while it speaks", () => {
    const state = replay(
      log(
        { type: "answer_delta", data: { text: "一", kind: "model" } },
        { type: "citation_added", data: { citation: citation(1) } },
        { type: "answer_delta", data: { text: " [1]", kind: "quote" } },
      ),
    );
    expect(answers(state)[0]).toMatchObject({ text: "一 [1]", citations: [{ number: 1 }] });
  });

  it("waits for answers in the queue, and for none once an agent has taken over", () => {
    const asks = (id: string) => ({ type: "message_received" as const, data: { message: message(id, "?") } });
    const queued = replay(log({ type: "status_changed", data: { status: "open", handler: "queue" } }, asks("m1")));
    expect(queued.awaiting).toEqual(["m1"]);
    const taken = log(
      { type: "status_changed", data: { status: "open", handler: "queue" } },
      asks("m1"),
      { type: "status_changed", data: { status: "open", handler: "agent" } },
      asks("m2"),
    );
    expect(replay(taken).awaiting).toEqual([]);
  });
});
