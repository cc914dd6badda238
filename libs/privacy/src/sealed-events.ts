import { type EventSealing, Forgotten, Unreadable } from '#application';
import { ERASED, type Fact, isErased } from '#kernel';
import { openText, randomNonce, sealText } from './box.js';
import type { KeyRing } from './key-ring.js';

/** Whose each personal field of an event type is: role by field. */
export type PersonalRoles = (type: string) => Readonly<Record<string, string>>;

// Storage format: `$personal` holds, by subject, the names of the sealed fields, the version of the subject's key, and
// base64 of nonce, ciphertext and tag of the fields as JSON; sealed for this event, type, schema version and subject.
const PERSONAL = '$personal';
type Part = Readonly<{ fields: readonly string[]; key: number; sealed: string }>;
type Stored = Readonly<{ [PERSONAL]?: Readonly<Record<string, Part>> }>;

/** Seals the personal fields of events: one ciphertext for each subject in an event. */
export const sealedEvents = (ring: () => KeyRing, roles: PersonalRoles): EventSealing => ({
  seal: async (facts) => {
    const parts = facts.map(({ fact }) => partsOf(fact, roles));
    const subjects = new Set(parts.flatMap(([, theirs]) => [...theirs.keys()]));
    if (subjects.size > 0) await ring().prepare([...subjects]);
    return facts.map(({ fact, schemaVersion }, index) => {
      const [open, theirs] = parts[index] as Parts;
      if (theirs.size === 0) return fact.data;
      // Every command passes here: an object of its own shape for each subject, or one more copy, would cost as much as its key.
      const sealed: Record<string, Part> = Object.create(null);
      for (const [subject, fields] of theirs) {
        const key = ring().current(subject);
        if (!key) throw new Forgotten(subject);
        const place = placeOf(fact, schemaVersion, subject);
        const box = sealText(key.event, randomNonce(), place, JSON.stringify(fields));
        sealed[subject] = { fields: Object.keys(fields), key: key.version, sealed: box };
      }
      open[PERSONAL] = sealed;
      return open;
    });
  },

  open: (event, schemaVersion) => {
    if (!Object.hasOwn(event.data, PERSONAL)) return event.data;
    const { [PERSONAL]: parts = {}, ...open } = event.data as Stored;
    const fields = Object.entries(parts).map(([subject, part]) =>
      opened(ring(), part, subject, placeOf(event, schemaVersion, subject)),
    );
    return Object.assign(open, ...fields);
  },
});

type Fields = Record<string, unknown>;
/** What is not personal, and what is, by subject. */
type Parts = readonly [open: Fields, theirs: ReadonlyMap<string, Fields>];

const NOTHING: Parts = [{}, new Map()];

const partsOf = ({ type, data, customers }: Fact, roles: PersonalRoles): Parts => {
  const roleOf = roles(type);
  if (Object.keys(roleOf).length === 0) return NOTHING;
  const [open, theirs]: [Fields, Map<string, Fields>] = [{}, new Map()];
  for (const field of Object.keys(data)) {
    const value: unknown = Reflect.get(data, field);
    const role = Object.hasOwn(roleOf, field) ? roleOf[field] : undefined;
    if (role === undefined || value === undefined) {
      open[field] = value;
      continue;
    }
    const [subject, ...others] = customers.filter((customer) => customer.role === role);
    if (!subject || others.length > 0) throw new Error(`${type}.${field}: one ${role} must take part, and no other`);
    if (isErased(value)) throw new Forgotten(subject.id);
    const fields = theirs.get(subject.id);
    if (fields) fields[field] = value;
    else theirs.set(subject.id, { [field]: value });
  }
  return [open, theirs];
};

const placeOf = ({ id, type }: Pick<Fact, 'id' | 'type'>, schemaVersion: number, subject: string): string =>
  `${id}|${type}|${schemaVersion}|${subject}`;

const opened = (ring: KeyRing, { fields, key: version, sealed }: Part, subject: string, place: string): object => {
  const key = ring.at(subject, version);
  if (key === null) return Object.fromEntries(fields.map((field) => [field, ERASED]));
  if (!key) throw new Unreadable(`version ${version} of its subject's key is not there`);
  try {
    return JSON.parse(openText(key.event, place, sealed));
  } catch (error) {
    throw new Unreadable('its personal part is not what was sealed', { cause: error });
  }
};
