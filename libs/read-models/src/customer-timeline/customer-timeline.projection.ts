import { touchpointOf } from '#domain';
import { type Actor, categoryIn, defineProjection } from '#kernel';

export type CustomerTimelineRow = Readonly<{
  customerId: string;
  position: bigint;
  roles: readonly string[];
  stream: string;
  revision: bigint;
  eventId: string;
  type: string;
  occurredAt: string;
  recordedAt: string;
  zone: string;
  channel: string;
  actor: Actor;
  backfill: boolean;
  /** What it meant: null where the slice says nothing about it. `summary` is `<category>.<key of its words>`. */
  sentiment: -1 | 0 | 1 | null;
  summary: string | null;
  params: Readonly<Record<string, string | number>> | null;
}>;

/** What happened with a customer: every fact that names them, nothing merged and nothing left out. */
export const customerTimeline = defineProjection<CustomerTimelineRow>({
  name: 'customer_timeline',
  version: 1,
  hears: 'everything',
  keys: ({ customers, position }) => [...new Set(customers.map(({ id }) => `${id}:${position}`))],
  fold: (_, fact, key) => {
    const { stream, revision, position, recordedAt, meta } = fact;
    const customerId = key.slice(0, key.lastIndexOf(':'));
    const meaning = touchpointOf(fact);
    return {
      customerId,
      position,
      roles: [...new Set(fact.customers.filter(({ id }) => id === customerId).map(({ role }) => role))],
      stream,
      revision,
      eventId: fact.id,
      type: fact.type,
      occurredAt: meta.occurredAt,
      recordedAt,
      zone: meta.zone,
      channel: meta.channel,
      actor: meta.actor,
      backfill: meta.backfill === true,
      sentiment: meaning?.sentiment ?? null,
      summary: meaning && `${categoryIn(stream)}.${meaning.summary}`,
      params: meaning?.params ?? null,
    };
  },
});
