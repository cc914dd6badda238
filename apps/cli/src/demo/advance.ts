import { InvalidArgumentError } from 'commander';
import { endOfLocalDay, localDayOf } from '#domain';
import { dayNumber, dayText } from '#kernel';
import { phraseOf } from '#read-models';
import { announceAll, closeDaysUntil, lastClosed, openCore, type Session } from '#system';
import { bandText } from '../figures.js';
import { tableOf } from '../tables.js';
import { DONE, Ended, type Hands, withSession } from '../verb.js';
import { type Asking, askingOver, bringUpToDate } from '../views.js';
import { showDue } from './came-due.js';
import { becameAtRisk, type Change, changesBetween, type Explained, everyone, explained, named } from './changes.js';
import { letDeadlinesPass } from './deadlines.js';
import { demoMarkIn } from './demo-data.js';

const SHOWN = 20;
const MOST_DAYS = 3660;

/** `30d`, `2w`: how many days. */
export const daysIn = (text: string): number => {
  const [, count, unit] = /^([1-9]\d{0,3})([dw])$/.exec(text) ?? [];
  const days = Number(count) * (unit === 'w' ? 7 : 1);
  if (days <= MOST_DAYS) return days;
  throw new InvalidArgumentError('30d, 2w');
};

/** Closes the days one after the other, says what came due in them, and who changed stage or churn band, and why. Demo data only. */
export const advance = async (hands: Hands, days: number): Promise<number> => {
  const { settings, phrase } = hands;
  const mark = await demoMarkIn(settings.data);
  if (!mark) {
    throw new Ended(
      phrase(
        `${settings.data} holds no demo data: only there does time pass on request. Begin with "touchline demo".`,
        `${settings.data} 中没有演示数据：只有演示数据的时间才能按要求流逝。请先执行 “touchline demo”。`,
      ),
    );
  }
  await withSession(hands, (session) => letPass(hands, session, days));
  return DONE;
};

const letPass = async (hands: Hands, session: Session, days: number): Promise<void> => {
  const last = await lastClosed(session.store);
  if (!last) throw new Error('the log has no closed day');
  await bringUpToDate(session);
  const before = await everyone(session);
  const head = (await session.store.head()) ?? -1n;
  const until = dayText(dayNumber(last.date) + days);
  await closeDaysUntil(session.store, session.log, until);
  const core = await openCore(session);
  try {
    await letDeadlinesPass({ session, core }, endOfLocalDay(until, session.log.company.zone));
    await announce(hands, { session, core }, head);
    await tellChanges(hands, { session, ask: askingOver(core, hands.who) }, { before, days: [last.date, until] });
    await showDue(hands, session, head, SHOWN);
  } finally {
    await core.close();
  }
};

const ANNOUNCED_WITHIN_MS = 300_000;

/** Has what these days changed announced, by the projector that runs or else here, and says how much that was. */
const announce = async (
  { phrase, say, tell }: Hands,
  { session, core }: Pick<Asking, 'session' | 'core'>,
  after: bigint,
): Promise<void> => {
  const began = performance.now();
  await announceAll(session, core.decide, ANNOUNCED_WITHIN_MS);
  const seconds = (performance.now() - began) / 1000;
  await bringUpToDate(session);
  const [row] = await session.sql<{ stages: number; risks: number }>(
    `select (count(*) filter (where type = 'LifecycleStageChanged'))::integer as stages,
       (count(*) filter (where type = 'ChurnRiskAssessed'))::integer as risks
     from customer_timeline where position > $1`,
    [after],
  );
  const { stages, risks } = row ?? { stages: 0, risks: 0 };
  tell({ announced: { stages, risks, seconds } });
  say(
    phrase(
      `Announced in ${seconds.toFixed(1)} s, each with its rule and what shows it: ${stages} changes of stage, ${risks} of risk.`,
      `${seconds.toFixed(1)} 秒内公布，均附规则与依据：阶段变化 ${stages} 次，流失风险变化 ${risks} 次。`,
    ),
  );
};

type Passed = Readonly<{ before: Awaited<ReturnType<typeof everyone>>; days: readonly [string, string] }>;

const tellChanges = async (
  hands: Hands,
  { session, ask }: Pick<Asking, 'session' | 'ask'>,
  { before, days }: Passed,
): Promise<void> => {
  const { who, phrase, lang, say, tell } = hands;
  const changes = changesBetween(before, await everyone(session));
  const [from, to] = days.map((day) => dayText(dayNumber(day) + 1));
  tell({ businessDay: { from, to }, changed: changes.length });
  say(
    phrase(
      `Business time went from ${from} to ${to}. Changed: ${changes.length} of ${before.size} customers.`,
      `业务时间由 ${from} 走到 ${to}。${before.size} 位客户中有 ${changes.length} 位发生变化。`,
    ),
  );
  const told = await named(session, who, changes, hands.json ? changes.length : SHOWN);
  const reasons: Explained[] = [];
  for (const change of told) reasons.push(await explained(change, session, ask, lang));
  for (const reason of reasons) tell(flat(reason));
  show(hands, changes, reasons, session.log.company.zone);
};

const flat = ({ before, after, name, number, lifecycle, churn, evidence }: Explained) => ({
  customerId: after.id,
  name,
  number,
  stage: {
    from: before.stage,
    to: after.stage,
    since: lifecycle?.since,
    rule: lifecycle?.rule,
    reason: lifecycle?.reason,
  },
  churn: { from: before.band, to: after.band, score: { from: before.score, to: after.score }, reasons: churn?.reasons },
  evidence,
});

const show = (hands: Hands, changes: readonly Change[], reasons: readonly Explained[], zone: string): void => {
  const { phrase, say } = hands;
  if (changes.length === 0) return;
  say(tableOf(phrase('change|customers', '变化|客户数').split('|'), countsOf(hands, changes), { right: [1] }));
  say(changesTable(hands, reasons, zone));
  if (changes.length > reasons.length)
    say(
      phrase(
        `… and ${changes.length - reasons.length} more: --json tells all.`,
        `……另有 ${changes.length - reasons.length} 位：--json 输出全部。`,
      ),
    );
  const seen = reasons.find((reason) => becameAtRisk(reason) && reason.name);
  if (!seen?.lifecycle) return;
  const { name } = seen;
  const { since, reason } = seen.lifecycle;
  say(
    phrase(
      `\nBefore your eyes: ${name} became at risk on ${since}. ${reason}.`,
      `\n就在眼前：${name} 于 ${since} 变为有流失风险。${reason}。`,
    ),
  );
};

const wordsFor = ({ lang, phrase }: Hands) => ({
  stage: (stage: string) => phraseOf(`relationship.stage-${stage}`, null, lang),
  band: (band: string) => phrase(`risk ${bandText(phrase, band)}`, `风险${bandText(phrase, band)}`),
});

const stepsOf = (hands: Hands, { before, after }: Change): readonly string[] => {
  const { stage, band } = wordsFor(hands);
  return [
    ...(before.stage === after.stage ? [] : [`${stage(before.stage)} → ${stage(after.stage)}`]),
    ...(before.band === after.band ? [] : [`${band(before.band)} → ${band(after.band)}`]),
  ];
};

const countsOf = (hands: Hands, changes: readonly Change[]) => {
  const counts = new Map<string, number>();
  for (const step of changes.flatMap((change) => stepsOf(hands, change))) counts.set(step, (counts.get(step) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one);
};

const changesTable = (hands: Hands, reasons: readonly Explained[], zone: string): string =>
  tableOf(
    hands.phrase('customer|change|since|why|shown by', '客户|变化|起始|原因|依据').split('|'),
    reasons.map((one) => [
      one.name ?? one.number ?? one.after.id,
      stepsOf(hands, one).join('\n'),
      one.before.stage === one.after.stage ? '' : one.lifecycle?.since,
      whyOf(one).join('\n'),
      one.evidence
        .slice(0, 2)
        .map(({ type, occurredAt }) => `${type} ${localDayOf(occurredAt, zone)}`)
        .join('\n'),
    ]),
    { widths: [24, 26, 12, 62, 30] },
  );

const whyOf = ({ before, after, lifecycle, churn }: Explained): readonly string[] => [
  ...(before.stage === after.stage || !lifecycle ? [] : [lifecycle.reason]),
  ...(before.band === after.band || !churn ? [] : churn.reasons.map((reason) => `· ${reason}`)),
];
