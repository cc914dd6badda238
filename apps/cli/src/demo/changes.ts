import type { Asking } from '#access';
import type { Stage } from '#domain';
import { CustomerChurn, CustomerLifecycle, type LifecycleAnswer, type RiskAnswer } from '#read-models';
import type { Session } from '#system';
import { type KnownBy, knownBy } from '../verbs/known-by.js';
import type { Ask } from '../views.js';
import type { Language } from '../words.js';

/** A customer as the views have them. */
export type Seen = Readonly<{
  id: string;
  stage: Stage;
  band: string;
  score: number;
  netRevenue: bigint;
}>;
export type Change = Readonly<{ before: Seen; after: Seen }>;
export type NamedChange = Change & KnownBy;
/** Why, and what shows it. */
export type Explained = NamedChange &
  Readonly<{ lifecycle: LifecycleAnswer | null; churn: RiskAnswer | null; evidence: readonly Evidence[] }>;
export type Evidence = Readonly<{ eventId: string; type: string; occurredAt: string }>;

export const everyone = async ({ sql }: Session): Promise<ReadonlyMap<string, Seen>> => {
  const rows = await sql<Seen>(
    `select customer_id as id, lifecycle.stage, band, score, net_revenue as "netRevenue"
     from lifecycle join customer_profile using (customer_id) join churn_risk using (customer_id)`,
  );
  return new Map(rows.map((row) => [row.id, row]));
};

/** Those whose stage or band is another now, who became at risk first. */
export const changesBetween = (
  before: ReadonlyMap<string, Seen>,
  after: ReadonlyMap<string, Seen>,
): readonly Change[] => {
  const changes = [...after.values()].flatMap((now) => {
    const then = before.get(now.id);
    return then && (then.stage !== now.stage || then.band !== now.band) ? [{ before: then, after: now }] : [];
  });
  return changes.sort(
    (one, other) => rankOf(one) - rankOf(other) || other.after.score - one.after.score || inOrder(one, other),
  );
};

export const becameAtRisk = ({ before, after }: Change): boolean =>
  before.stage !== 'at_risk' && after.stage === 'at_risk';

/** So many of those who became at risk are looked at for their names. */
const NAMED_AT_MOST = 200;

/** The first changes with what their customers are called, known by name before by number; not more are read than told. */
export const named = async (
  session: Session,
  who: Asking,
  changes: readonly Change[],
  count: number,
): Promise<readonly NamedChange[]> => {
  const most = Math.max(count, Math.min(NAMED_AT_MOST, changes.filter(becameAtRisk).length));
  const first = changes.slice(0, most);
  const known = await knownBy(
    session,
    who,
    first.map(({ after }) => after.id),
  );
  const withNames = first.map((change) => ({ ...change, ...(known.get(change.after.id) ?? NOBODY) }));
  const rank = (change: NamedChange) => rankOf(change) + (change.name ? 0 : 1);
  return withNames.sort((one, other) => rank(one) - rank(other)).slice(0, count);
};
const NOBODY: KnownBy = { name: null, number: null };

const rankOf = (change: Change): number => (becameAtRisk(change) ? 0 : 2);
const inOrder = (one: Change, other: Change) => (one.after.id < other.after.id ? -1 : 1);

/** The change with its reason in words and the events that show it. */
export const explained = async (
  change: NamedChange,
  { sql }: Session,
  ask: Ask,
  lang: Language,
): Promise<Explained> => {
  const { id } = change.after;
  const [lifecycle, churn] = await Promise.all([
    ask(CustomerLifecycle, { id, lang }),
    ask(CustomerChurn, { id, lang }),
  ]);
  const isStage = change.before.stage !== change.after.stage;
  const ids = isStage ? (lifecycle?.evidence ?? []) : (churn?.contributions ?? []).flatMap(({ eventIds }) => eventIds);
  const evidence = await sql<Evidence>(
    `select event_id as "eventId", type, occurred_at as "occurredAt" from customer_timeline
     where customer_id = $1 and event_id = any($2::uuid[]) order by occurred_at desc`,
    [id, ids],
  );
  return { ...change, lifecycle, churn, evidence };
};
