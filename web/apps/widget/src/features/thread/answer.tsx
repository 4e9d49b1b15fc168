import type { AnswerItem, Citation } from "@kefu/client";
import { Icon } from "@kefu/ui";
import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import { copyText } from "../../shared/clipboard.ts";
import { useWidget } from "../../shared/context.ts";
import { useFlash } from "../../shared/hooks.ts";
import { Markdown } from "../../shared/markdown/render.tsx";
import { toPlainText } from "../../shared/plain-text.ts";

export interface AnswerProps {
  answer: AnswerItem;
  onCitation: (citation: Citation) => void;
}

/** What the assistant says in one turn: text as it comes, its sources, and what went wrong if something did. */
export function Answer({ answer, onCitation }: AnswerProps): VNode {
  const { t } = useWidget();
  const isSpeaking = answer.phase === "speaking";
  return (
    <article class={isSpeaking ? "row row-answer speaking" : "row row-answer"} aria-busy={isSpeaking}>
      <span class="visually-hidden">{t("assistant")}: </span>
      {answer.text !== "" && <AnswerText answer={answer} onCitation={onCitation} />}
      {answer.phase === "finished" && <Sources citations={answer.citations} onCitation={onCitation} />}
      {answer.phase === "failed" && <Failure answer={answer} />}
      {isWorthCopying(answer) && <CopyButton text={answer.text} />}
    </article>
  );
}

/** A question back or "I am connecting you" is nothing to take along. */
function isWorthCopying({ phase, decision, text }: AnswerItem): boolean {
  if (phase === "speaking" || text === "") return false;
  return decision === null || decision === "answer" || decision === "act";
}

function AnswerText({ answer, onCitation }: AnswerProps): VNode {
  const { t } = useWidget();
  const byNumber = useMemo(() => new Map(answer.citations.map((citation) => [citation.number, citation])), [answer.citations]);
  const numbers = useMemo(() => new Set(byNumber.keys()), [byNumber]);
  const renderCitation = (number: number): VNode => {
    const citation = byNumber.get(number);
    return citation ? <CitationMarker citation={citation} onCitation={onCitation} /> : <>[{number}]</>;
  };
  const labels = { table: t("table"), code: t("code"), opensNewTab: t("opensNewTab") };
  return <Markdown text={answer.text} isPartial={answer.phase === "speaking"} citations={numbers} renderCitation={renderCitation} labels={labels} />;
}

function CitationMarker({ citation, onCitation }: { citation: Citation; onCitation: (citation: Citation) => void }): VNode {
  const { t } = useWidget();
  const label = t("citation", { number: citation.number, title: citation.title });
  return (
    <button type="button" class="marker" aria-label={label} title={citation.title} aria-haspopup="dialog" onClick={() => onCitation(citation)}>
      {citation.number}
    </button>
  );
}

function Sources({ citations, onCitation }: { citations: Citation[]; onCitation: (citation: Citation) => void }): VNode | null {
  const { t } = useWidget();
  if (citations.length === 0) return null;
  return (
    <ul class="sources" aria-label={t("sources")}>
      {citations.map((citation) => (
        <li key={citation.id}>
          <button type="button" class="source" aria-label={t("citation", { number: citation.number, title: citation.title })} aria-haspopup="dialog" onClick={() => onCitation(citation)}>
            <span class="source-number">{citation.number}</span>
            <span class="source-title">{citation.title}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Failure({ answer }: { answer: AnswerItem }): VNode {
  const { t, session } = useWidget();
  if (answer.failure === "turn_stopped") return <p class="stopped">{t("stopped")}</p>;
  if (answer.failure === "turn_taken_over") return <p class="stopped">{t("takenOver")}</p>;
  const { items } = session.getSnapshot().thread;
  const question = items.findLast((item) => item.kind === "message" && answer.messageIds.includes(item.key));
  const text = question?.kind === "message" ? question.message.text : "";
  return (
    <div class="failure" role="alert">
      <p>{answer.text === "" ? t("failedAnswer") : t("interrupted")}</p>
      {text !== "" && (
        <button type="button" class="chip" onClick={() => session.send(text)}>
          <Icon name="retry" size={16} />
          {t("askAgain")}
        </button>
      )}
    </div>
  );
}

function CopyButton({ text }: { text: string }): VNode {
  const { t } = useWidget();
  const [isCopied, flash] = useFlash(2000);
  const copy = (): void => {
    void copyText(toPlainText(text)).then((worked) => {
      if (worked) flash();
    });
  };
  return (
    <div class="answer-tools">
      <button type="button" class="tool-button" onClick={copy}>
        <Icon name={isCopied ? "check" : "copy"} size={15} />
        <span aria-live="polite">{isCopied ? t("copied") : t("copy")}</span>
      </button>
    </div>
  );
}
