import { phraseOf } from '#read-models';
import type { Session } from '#system';
import { dayAndTime } from '../figures.js';
import { tableOf } from '../tables.js';
import type { Hands } from '../verb.js';
import { knownBy } from '../verbs/known-by.js';

/** A promise whose time came, and what it meant to a customer. */
type CameDue = Readonly<{
  customerId: string;
  type: string;
  occurredAt: string;
  summary: string | null;
  params: Readonly<Record<string, string | number>> | null;
}>;

/** Says what came due behind that place in the log: how often, and the first of it with whom and why. */
export const showDue = async (hands: Hands, session: Session, after: bigint, shown: number): Promise<void> => {
  const { phrase, lang, say, tell } = hands;
  const due = await session.sql<CameDue>(
    `select customer_id as "customerId", type, occurred_at as "occurredAt", summary, params from customer_timeline
     where position > $1 and channel = 'deadline' order by occurred_at, position`,
    [after],
  );
  if (due.length === 0) return;
  const told = hands.json ? due : due.slice(0, shown);
  const known = await knownBy(session, hands.who, [...new Set(told.map(({ customerId }) => customerId))]);
  const lines = told.map(({ summary, params, ...one }) => ({
    ...one,
    name: known.get(one.customerId)?.name ?? null,
    text: summary === null ? one.type : phraseOf(summary, params, lang),
  }));
  for (const line of lines) tell(line);
  const counts = new Map<string, number>();
  for (const { type } of due) counts.set(type, (counts.get(type) ?? 0) + 1);
  say(tableOf(phrase('what came due|times', '到期事项|次数').split('|'), [...counts], { right: [1] }));
  say(
    tableOf(
      phrase('when|customer|what', '时间|客户|事项').split('|'),
      lines.map(({ occurredAt, name, customerId, text }) => [
        dayAndTime(occurredAt, session.log.company.zone),
        name ?? customerId,
        text,
      ]),
      { widths: [18, 26, 84] },
    ),
  );
  if (due.length > lines.length)
    say(
      phrase(
        `… and ${due.length - lines.length} more: --json tells all.`,
        `……另有 ${due.length - lines.length} 项：--json 输出全部。`,
      ),
    );
};
