import type { PolicyPublished } from '#domain';
import { type Actor, defineProjection, type Event } from '#kernel';

export type PolicyRow = Readonly<{
  /** As facts name it that were decided under it: `loyalty.default@1`. */
  ref: string;
  kind: string;
  name: string;
  version: number;
  effectiveFrom: string;
  body: object;
  corrects: number | null;
  reason: string | null;
  /** The version that stands in its place; null: it stands. */
  correctedBy: number | null;
  publishedAt: string;
  actorKind: Actor['kind'];
  actorId: string;
}>;

const refOf = ({ kind, id }: PolicyPublished, version: number): string => `${kind}.${id}@${version}`;

/** Every version of every rule, and who published it. */
export const policies = defineProjection<PolicyRow, Event<'PolicyPublished', PolicyPublished>>({
  name: 'policies',
  version: 1,
  hears: ['PolicyPublished'],
  keys: ({ data }) => [refOf(data, data.version), ...(data.corrects === undefined ? [] : [refOf(data, data.corrects)])],
  fold: (row, { data, meta }, ref) => {
    if (ref !== refOf(data, data.version)) return row && { ...row, correctedBy: data.version };
    const { kind, id: name, version, effectiveFrom, body, corrects = null, reason = null } = data;
    const { kind: actorKind, id: actorId } = meta.actor;
    const said = { ref, kind, name, version, effectiveFrom, body, corrects, reason };
    return { ...said, correctedBy: null, publishedAt: meta.occurredAt, actorKind, actorId };
  },
});
