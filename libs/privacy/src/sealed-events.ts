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
  prepare: async (facts) => {
    const subjects = facts.flatMap((fact) => Object.keys(partsOf(fact, roles)));
    if (subjects.length > 0) await ring().prepare([...new Set(subjects)]);
  },

  seal: (fact, schemaVersion) => {
    const parts = partsOf(fact, roles);
    const subjects = Object.keys(parts);
    if (subjects.length === 0) return fact.data;
    const hidden = new Set(Object.values(parts).flatMap(Object.keys));
    const open = Object.fromEntries(Object.entries(fact.data).filter(([field]) => !hidden.has(field)));
    const sealed = Object.entries(parts).map(([subject, fields]) => {
      const key = ring().current(subject);
      if (!key) throw new Forgotten(subject);
      const place = placeOf(fact, schemaVersion, subject);
      const box = sealText(key.event, randomNonce(), place, JSON.stringify(fields));
      return [subject, { fields: Object.keys(fields), key: key.version, sealed: box } satisfies Part];
    });
    return { ...open, [PERSONAL]: Object.fromEntries(sealed) };
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

type Parts = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
const NOTHING: Parts = {};

/** The personal fields that are there, by subject. */
const partsOf = ({ type, data, customers }: Fact, roles: PersonalRoles): Parts => {
  const marked = Object.entries(roles(type));
  if (marked.length === 0) return NOTHING;
  const parts: Record<string, Record<string, unknown>> = {};
  for (const [field, role] of marked) {
    const value: unknown = Reflect.get(data, field);
    if (value === undefined) continue;
    const [subject, ...others] = customers.filter((customer) => customer.role === role);
    if (!subject || others.length > 0) throw new Error(`${type}.${field}: one ${role} must take part, and no other`);
    if (isErased(value)) throw new Forgotten(subject.id);
    parts[subject.id] = { ...parts[subject.id], [field]: value };
  }
  return parts;
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
