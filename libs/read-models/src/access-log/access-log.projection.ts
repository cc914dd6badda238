import type { AccessDenied, PersonalDataViewed } from '#domain';
import { type Actor, defineProjection, type Event } from '#kernel';

export const accessTypes = ['PersonalDataViewed', 'AccessDenied'] as const;
type Accessed = Event<'PersonalDataViewed', PersonalDataViewed> | Event<'AccessDenied', AccessDenied>;

export type AccessLogRow = Readonly<{
  position: bigint;
  type: (typeof accessTypes)[number];
  at: string;
  actorKind: Actor['kind'];
  actorId: string;
  /** Whose personal data it was; null: nothing was shown. */
  subject: string | null;
  /** The names of the fields that were shown. */
  fields: readonly string[];
  purpose: string | null;
  through: string;
}>;

/** Who read what of whom, what for, and who asked for what is not theirs. */
export const accessLog = defineProjection<AccessLogRow, Accessed>({
  name: 'access_log',
  version: 1,
  hears: accessTypes,
  keys: ({ position }) => [String(position)],
  fold: (_, { type, data, position, meta }) => {
    const { kind: actorKind, id: actorId } = meta.actor;
    const told = { position, type, at: meta.occurredAt, actorKind, actorId, through: data.through };
    if (type === 'AccessDenied') return { ...told, subject: null, fields: [], purpose: null };
    const { subject, fields, purpose } = data as PersonalDataViewed;
    return { ...told, subject, fields, purpose };
  },
});
