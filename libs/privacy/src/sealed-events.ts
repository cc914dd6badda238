import { type EventSealing, Forgotten, type Sealed, type SealedPart, Unreadable } from '#application';
import { ERASED, type Fact, isErased } from '#kernel';
import { openText, randomNonce, sealText } from './box.js';
import type { KeyRing } from './key-ring.js';

/** Whose each personal field of an event type is: role by field. */
export type PersonalRoles = (type: string) => Readonly<Record<string, string>>;

/**
 * Seals the personal fields of events: one ciphertext for each subject in an event. Storage format: `sealed` is base64 of
 * nonce, ciphertext and tag of the fields as JSON, sealed for this event, type, schema version and subject.
 */
export const sealedEvents = (ring: () => KeyRing, roles: PersonalRoles): EventSealing => ({
  seal: async (facts) => {
    const parts = facts.map(({ fact }) => partsOf(fact, roles));
    const subjects = new Set(parts.flatMap(([, theirs]) => [...theirs.keys()]));
    if (subjects.size > 0) await ring().prepare([...subjects]);
    return facts.map(({ fact, schemaVersion }, index): Sealed => {
      const [open, theirs] = parts[index] as Parts;
      if (theirs.size === 0) return { data: fact.data };
      const personal: SealedPart[] = [];
      for (const [subject, fields] of theirs) {
        const key = ring().current(subject);
        if (!key) throw new Forgotten(subject);
        const place = placeOf(fact, schemaVersion, subject);
        const sealed = sealText(key.event, randomNonce(), place, JSON.stringify(fields));
        personal.push({ subject, fields: Object.keys(fields), key: key.version, sealed });
      }
      return { data: open, personal };
    });
  },

  open: ({ data, personal, ...event }, schemaVersion) => {
    if (!personal) return data;
    const fields = personal.map((part) => opened(ring(), part, placeOf(event, schemaVersion, part.subject)));
    return Object.assign({}, data, ...fields);
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

const opened = (ring: KeyRing, { subject, fields, key: version, sealed }: SealedPart, place: string): object => {
  const key = ring.at(subject, version);
  if (key === null) return Object.fromEntries(fields.map((field) => [field, ERASED]));
  if (!key) throw new Unreadable(`version ${version} of its subject's key is not there`);
  try {
    return JSON.parse(openText(key.event, place, sealed));
  } catch (error) {
    throw new Unreadable('its personal part is not what was sealed', { cause: error });
  }
};
