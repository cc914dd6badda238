import { type Stage, stages } from '#domain';
import { readStatus } from '#projections';
import { AtRisk, type AtRiskAnswer, CustomerTimeline, phraseOf } from '#read-models';
import type { Session } from '#system';
import { barOf, tableOf } from '../tables.js';
import type { Hands } from '../verb.js';
import { numbersOf, riskTable } from '../verbs/at-risk.js';
import { timelineTable } from '../verbs/timeline.js';
import type { Asking } from '../views.js';
import { INVENTED } from './scene.js';
import type { Life } from './story.js';

const AT_RISK_SHOWN = 5;
const TOUCHPOINTS_SHOWN = 14;

/** Who was told of most: the next step begins with them. */
export type Found = Readonly<{ named: Readonly<{ id: string; name: string }> }>;

/** Prints what the histories have become: counts, stages, who is about to leave and why, and one customer's story. */
export const report = async (hands: Hands, { session, ask }: Asking, heroine: Life): Promise<Found> => {
  const { lang, phrase, say, tell } = hands;
  const counts = await countsIn(session);
  tell({ counts });
  say(
    tableOf(
      phrase(
        'what|retail history (real)|car rental (invented)|in all',
        '内容|零售历史（真实）|租车故事（虚构）|合计',
      ).split('|'),
      countRows(hands, counts),
      { right: [1, 2, 3] },
    ),
  );

  const mix = await mixIn(session);
  tell({ lifecycle: mix });
  say(phrase('\nWhere the relationships stand', '\n客户关系现状'));
  say(mixTable(hands, mix));

  const { items } = await ask(AtRisk, { lang, limit: AT_RISK_SHOWN });
  tell({ atRisk: items });
  say(phrase('\nMost at risk of leaving, of those who can still be kept', '\n尚可挽留的客户中流失风险最高者'));
  say(riskTable(hands, items, await numbersOf(hands, session, items)));

  const named = namedOf(items) ?? heroine;
  const timeline = await ask(CustomerTimeline, { id: named.id, lang, limit: TOUCHPOINTS_SHOWN });
  tell({ timeline: timeline?.items ?? [], of: named.id });
  say(phrase(`\nThe latest with ${named.name} (invented)`, `\n${named.name}（虚构人物）的最近触点`));
  say(timelineTable(phrase, timeline?.items ?? [], session.log.company.zone));
  return { named };
};

const namedOf = (items: readonly AtRiskAnswer[]) =>
  items.flatMap(({ customerId: id, name }) => (typeof name === 'string' ? [{ id, name }] : []))[0];

type Counted = Readonly<{ customers: number; touchpoints: number; bookings: number }>;
type Counts = Readonly<{ retail: Counted; story: Counted; facts: number }>;

const countsIn = async ({ sql }: Session): Promise<Counts> => {
  const rows = await sql<Counted & { invented: boolean }>(
    `with customers as (select customer_id, acquisition ->> 'campaign' is not distinct from $1 as invented from customer_profile)
     select invented, count(*)::int as customers, sum(touchpoints)::int as touchpoints, sum(bookings)::int as bookings
     from (select invented, (select count(*) from customer_timeline as line where line.customer_id = customers.customer_id) as touchpoints,
       (select count(*) from customer_timeline as line where line.customer_id = customers.customer_id
         and type = 'BookingPlaced' and 'booker' = any(roles)) as bookings from customers) as each
     group by invented`,
    [INVENTED],
  );
  const none = { customers: 0, touchpoints: 0, bookings: 0 };
  const [status] = await readStatus(sql);
  return {
    retail: rows.find(({ invented }) => !invented) ?? none,
    story: rows.find(({ invented }) => invented) ?? none,
    facts: Number(status?.events ?? 0n),
  };
};

const countRows = ({ phrase }: Hands, { retail, story, facts }: Counts) => {
  const row = (name: string, field: keyof Counted) => [name, retail[field], story[field], retail[field] + story[field]];
  return [
    row(phrase('customers', '客户'), 'customers'),
    row(phrase('bookings placed', '订单'), 'bookings'),
    row(phrase('touchpoints', '触点'), 'touchpoints'),
    [phrase('facts in the log', '日志中的事实'), '', '', facts],
  ];
};

type Mix = readonly Readonly<{ stage: Stage; retail: number; story: number }>[];

const mixIn = async ({ sql }: Session): Promise<Mix> => {
  const rows = await sql<{ stage: Stage; retail: number; story: number }>(
    `select stage, (count(*) filter (where not invented))::int as retail, (count(*) filter (where invented))::int as story
     from (select stage, acquisition ->> 'campaign' is not distinct from $1 as invented
       from lifecycle join customer_profile using (customer_id)) as each group by stage`,
    [INVENTED],
  );
  return [...rows].sort((one, other) => stages.indexOf(one.stage) - stages.indexOf(other.stage));
};

const mixTable = ({ phrase, lang }: Hands, mix: Mix): string => {
  const total = (of: 'retail' | 'story') => mix.reduce((sum, row) => sum + row[of], 0);
  const [retail, story] = [total('retail') || 1, total('story') || 1];
  return tableOf(
    phrase('stage|retail|share|invented|share', '阶段|零售|占比|虚构|占比').split('|'),
    mix.map((row) => [
      phraseOf(`relationship.stage-${row.stage}`, null, lang),
      row.retail,
      barOf(row.retail / retail),
      row.story,
      barOf(row.story / story),
    ]),
    { right: [1, 3] },
  );
};
