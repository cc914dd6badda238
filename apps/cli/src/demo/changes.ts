import type { Stage } from '#domain';
import { CustomerChurn, CustomerLifecycle, type LifecycleAnswer, type RiskAnswer } from '#read-models';
import type { Session } from '#system';
import type { Ask } from '../views.js';
import type { Language } from '../words.js';

/** A customer as the views have them. `number` is what another system calls them. */
export type Seen = Readonly<{
  id: string;
  name: string | null;
  number: string | null;
  stage: Stage;
  band: string;
  score: number;
  netRevenue: bigint;
}>;
export type Change = Readonly<{ before: Seen; after: Seen }>;
/** Why, and what shows it. */
export type Explained = Change &
  Readonly<{ lifecycle: LifecycleAnswer | null; churn: RiskAnswer | null; evidence: readonly Evidence[] }>;
export type Evidence = Readonly<{ eventId: string; type: string; occurredAt: string }>;

export const everyone = async ({ sql }: Session): Promise<ReadonlyMap<string, Seen>> => {
  const rows = await sql<Seen>(
    `select customer_id as id, name, identifiers -> 0 ->> 'value' as number, lifecycle.stage, band, score,
       net_revenue as "netRevenue"
     from lifecycle join customer_profile using (customer_id) join churn_risk using (customer_id)`,
  );
  return new Map(rows.map((row) => [row.id, row]));
};

/** Those whose stage or band is another now: first who became at risk, known by name before by number. */
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

const rankOf = (change: Change): number => (becameAtRisk(change) ? 0 : 2) + (change.after.name ? 0 : 1);
const inOrder = (one: Change, other: Change) => (one.after.id < other.after.id ? -1 : 1);

/** The change with its reason in words and the events that show it. */
export const explained = async (change: Change, { sql }: Session, ask: Ask, lang: Language): Promise<Explained> => {
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
