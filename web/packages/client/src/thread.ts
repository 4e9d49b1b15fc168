import type { Citation, ConversationEvent, Decision, Handler, KnownEvent, Message, QuickReply, Status } from "./events.ts";

/** One person's message, or a system note. */
export interface MessageItem {
  kind: "message";
  key: string;
  message: Message;
}

/** One turn's answer, whole or still being said. */
export interface AnswerItem {
  kind: "answer";
  key: string;
  turnId: string;
  text: string;
  citations: Citation[];
  phase: "speaking" | "finished" | "failed";
  /** What kind of answer it was; null until it has ended. */
  decision: Decision | null;
  /** Why it failed: the code of `turn_failed`. */
  failure: string | null;
  /** The messages it answers; asked again when the visitor retries. */
  messageIds: string[];
  quickReplies: QuickReply[];
  at: string;
}

/** The conversation changed hands. */
export interface HandlerItem {
  kind: "handler";
  key: string;
  handler: Handler;
  at: string;
}

export type ThreadItem = MessageItem | AnswerItem | HandlerItem;

export interface ThreadState {
  lastSeq: number;
  status: Status;
  handler: Handler;
  items: readonly ThreadItem[];
  /** Visitor messages that no turn has ended for yet. */
  awaiting: readonly string[];
  /** Citations that arrived before their turn's first word. */
  pendingCitations: Readonly<Record<string, Citation[]>>;
}

export const emptyThread: ThreadState = { lastSeq: 0, status: "open", handler: "assistant", items: [], awaiting: [], pendingCitations: {} };

/** How an event stands to what is already known. */
export function placeOf(state: ThreadState, event: ConversationEvent): "next" | "duplicate" | "gap" {
  if (event.seq <= state.lastSeq) return "duplicate";
  return event.seq === state.lastSeq + 1 ? "next" : "gap";
}

/** True between a visitor's message and the end of its turn. */
export function isAnswering(state: ThreadState): boolean {
  return state.awaiting.length > 0 || state.items.some((item) => item.kind === "answer" && item.phase === "speaking");
}

/** Folds one event into the thread. Pure; a duplicate or an event after a gap changes nothing. */
export function applyEvent(state: ThreadState, event: ConversationEvent): ThreadState {
  if (placeOf(state, event) !== "next") return state;
  return { ...fold(state, event as KnownEvent), lastSeq: event.seq };
}

function fold(state: ThreadState, event: KnownEvent): ThreadState {
  switch (event.type) {
    case "message_received":
      return receive(state, event.data.message);
    case "status_changed":
      return changeStatus(state, event);
    case "citation_added":
      return cite(state, turnOf(event), event.data.citation);
    case "answer_delta":
      return say(state, event);
    case "turn_finished":
      return finish(state, event);
    case "turn_failed":
      return fail(state, event);
    default:
      return state;
  }
}

function receive(state: ThreadState, message: Message): ThreadState {
  const known = state.items.some((item) => item.kind === "message" && item.message.id === message.id);
  if (known) return state;
  // In the queue the assistant still answers; only an agent silences it.
  const waits = message.author === "visitor" && state.handler !== "agent";
  return {
    ...state,
    items: [...state.items, { kind: "message", key: message.id, message }],
    awaiting: waits ? [...state.awaiting, message.id] : state.awaiting,
  };
}

function changeStatus(state: ThreadState, event: KnownEvent & { type: "status_changed" }): ThreadState {
  const { status, handler } = event.data;
  // Once an agent has the conversation, the assistant owes no more answers.
  const awaiting = handler === "agent" ? [] : state.awaiting;
  const moved: ThreadItem[] = handler === state.handler ? [] : [{ kind: "handler", key: `handler-${event.seq}`, handler, at: event.at }];
  return { ...state, status, handler, awaiting, items: [...state.items, ...moved] };
}

function cite(state: ThreadState, turnId: string, citation: Citation): ThreadState {
  const answer = findAnswer(state, turnId);
  if (answer) return replace(state, { ...answer, citations: [...answer.citations, citation] });
  const pending = [...(state.pendingCitations[turnId] ?? []), citation];
  return { ...state, pendingCitations: { ...state.pendingCitations, [turnId]: pending } };
}

function say(state: ThreadState, event: KnownEvent & { type: "answer_delta" }): ThreadState {
  const answer = findAnswer(state, turnOf(event)) ?? newAnswer(state, event);
  return replace(state, { ...answer, text: answer.text + event.data.text });
}

function finish(state: ThreadState, event: KnownEvent & { type: "turn_finished" }): ThreadState {
  const { reply, message_ids: messageIds } = event.data;
  const ended = endTurn(state, turnOf(event), messageIds);
  const spoken = findAnswer(state, turnOf(event));
  if (!spoken && reply.text === "") return ended;
  const answer = spoken ?? newAnswer(state, event);
  const { text, citations, decision, quick_replies: quickReplies } = reply;
  return replace(ended, { ...answer, phase: "finished", text, citations, decision, quickReplies, messageIds });
}

function fail(state: ThreadState, event: KnownEvent & { type: "turn_failed" }): ThreadState {
  const { code, text, message_ids: messageIds } = event.data;
  const answer = findAnswer(state, turnOf(event)) ?? newAnswer(state, event);
  return replace(endTurn(state, turnOf(event), messageIds), { ...answer, phase: "failed", failure: code, text, messageIds });
}

function endTurn(state: ThreadState, turnId: string, messageIds: string[]): ThreadState {
  const pendingCitations = Object.fromEntries(Object.entries(state.pendingCitations).filter(([id]) => id !== turnId));
  return { ...state, pendingCitations, awaiting: state.awaiting.filter((id) => !messageIds.includes(id)) };
}

function turnOf(event: KnownEvent): string {
  return event.turn_id ?? `event-${event.seq}`;
}

function newAnswer(state: ThreadState, event: KnownEvent): AnswerItem {
  const turnId = turnOf(event);
  const citations = state.pendingCitations[turnId] ?? [];
  return { kind: "answer", key: turnId, turnId, text: "", citations, phase: "speaking", decision: null, failure: null, messageIds: [], quickReplies: [], at: event.at };
}

function findAnswer(state: ThreadState, turnId: string): AnswerItem | undefined {
  return state.items.findLast((item): item is AnswerItem => item.kind === "answer" && item.turnId === turnId);
}

function replace(state: ThreadState, answer: AnswerItem): ThreadState {
  const isNew = !state.items.some((item) => item.key === answer.key);
  const items = isNew ? [...state.items, answer] : state.items.map((item) => (item.key === answer.key ? answer : item));
  return { ...state, items };
}
