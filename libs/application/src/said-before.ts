import { type AnySlice, type Participant, type PayloadMac, personalFields, streamOf } from '#kernel';
import { idFrom } from './identity.js';
import { Conflict, type EventStore, type Fingerprints, NOTHING_YET } from './ports.js';
import type { Wish } from './wish.js';

/** For who only rehearses: nothing is fingerprinted, so no key is made. */
export const noFingerprints: Fingerprints = {
  of: async () => undefined,
  matches: () => undefined,
  onForgotten: () => undefined,
};

/** What a wish says, in one spelling: what a source said once it may say again, but not otherwise. */
export const payloadOf = ({ commands, meta }: Pick<Wish, 'commands' | 'meta'>): string =>
  canonical({ commands, ...(meta.source && { occurredAt: meta.occurredAt }) });

/** JSON whose fields are in the order of their names. Fields that are undefined are not there. */
export const canonical = (value: unknown): string => JSON.stringify(inOrder(value));

// Every command passes here: a replacer would take twice the time.
const inOrder = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(inOrder);
  const ordered: Record<string, unknown> = {};
  for (const field of Object.keys(value).sort()) {
    const part = inOrder(Reflect.get(value, field));
    if (field === '__proto__') Object.defineProperty(ordered, field, { value: part, enumerable: true });
    else ordered[field] = part;
  }
  return ordered;
};

/** Whose personal data the commands hold. */
export const subjectsOf = ({ slice, commands }: Wish, customers: readonly Participant[]): readonly string[] => {
  const roles = commands.flatMap(({ type, data }) =>
    Object.entries(personalFields(slice.commands[type] ?? Nobody)).flatMap(([field, role]) =>
      Reflect.get(data, field) === undefined ? [] : [role],
    ),
  );
  if (roles.length === 0) return [];
  return [...new Set(customers.filter(({ role }) => roles.includes(role)).map(({ id }) => id))];
};
class Nobody {}

/** Where a contradiction of a source is recorded. */
const CONFLICTS: Pick<AnySlice, 'category'> = { category: 'sourceConflict' };

/** Keeps on record that a source says something else under an id it has used: once for each other content. */
export const recordConflict = async (
  store: EventStore,
  { slice, id, meta, signal }: Wish,
  { customers, payloadMac }: Readonly<{ customers: readonly Participant[]; payloadMac: PayloadMac }>,
): Promise<void> => {
  const stream = streamOf(CONFLICTS, meta.commandId);
  const fact = {
    id: idFrom(meta.commandId, 'conflict', payloadMac.mac),
    type: 'SourceConflictRecorded',
    data: { stream: streamOf(slice, id), commandId: meta.commandId },
    meta,
    customers,
    payloadMac,
  };
  for (;;) {
    let { revision } = NOTHING_YET;
    for await (const known of store.read(stream)) {
      if (known.id === fact.id) return;
      revision = known.revision;
    }
    try {
      await store.append(stream, revision, [fact], signal);
      return;
    } catch (error) {
      if (!(error instanceof Conflict)) throw error; // somebody else records it: look again
    }
  }
};
