import { isDeepStrictEqual } from 'node:util';
import { schemaOf } from '#application';
import type { Class } from '#kernel';
import type { Rules } from '#system';

/** What readers of one event lean on: its version, and what its data may be. */
export type Contract = Readonly<{ version: number; schema: Rules }>;
export type Contracts = Readonly<Record<string, Contract>>;

/** Why a shape may not land in the place of one that has: what is wrong, with which event or field. */
export type Breach = Readonly<{
  place: string;
  breach: 'removed' | 'renamed' | 'narrowed' | 'newly required' | 'newly optional' | 'changed' | 'version lowered';
}>;

/** The steps from a version to the next that exist, as `BookingPlaced@1`: those with an upcaster, and those with a fossil. */
export type Steps = Readonly<{ upcasters: readonly string[]; fossils: readonly string[] }>;

export const contractsOf = (classes: Readonly<Record<string, Class>>, versionOf: (type: string) => number): Contracts =>
  Object.fromEntries(
    Object.entries(classes).map(([type, shape]) => [
      type,
      { version: versionOf(type), schema: bare(schemaOf(shape) as Rules) },
    ]),
  );

/** Without what is only said to people. A field may be called like such a word; then it is an object. */
const bare = (rules: Rules): Rules =>
  JSON.parse(JSON.stringify(rules), (word, value) => (TOLD.has(word) && !isPlain(value) ? undefined : value));
const TOLD = new Set(['description', 'examples']);
const isPlain = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The bodies of rules, which `PolicyPublished` keeps for ever as well: by their kind, as `PolicyPublished:calendar`. */
export const bodiesOf = (bodies: Readonly<Record<string, Class>>, version: number): Contracts =>
  contractsOf(
    Object.fromEntries(Object.entries(bodies).map(([kind, shape]) => [`PolicyPublished:${kind}`, shape])),
    () => version,
  );

/**
 * What would break who reads or kept the events that have landed. Forgiven where the event's version is raised and every
 * step to it has an upcaster and a fossil; nothing forgives an event that is gone.
 */
export const breachesBetween = (landed: Contracts, today: Contracts, steps: Steps): readonly Breach[] =>
  Object.entries(landed).flatMap(([type, before]) => {
    const now = today[type];
    if (now === undefined) return [{ place: type, breach: goneAs(before.schema, landed, today) }];
    if (now.version < before.version) return [{ place: type, breach: 'version lowered' as const }];
    return isLifted(type, [before.version, now.version], steps) ? [] : breachesIn(type, before.schema, now.schema);
  });

const isLifted = (type: string, [from, to]: readonly [number, number], { upcasters, fossils }: Steps): boolean => {
  const [event] = type.split(':');
  const taken = Array.from({ length: to - from }, (_, index) => `${event}@${from + index}`);
  return taken.length > 0 && taken.every((step) => upcasters.includes(step) && fossils.includes(step));
};

const goneAs = (schema: Rules, landed: Contracts, today: Contracts): 'renamed' | 'removed' =>
  Object.entries(today).some(([type, now]) => !(type in landed) && isDeepStrictEqual(now.schema, schema))
    ? 'renamed'
    : 'removed';

/** Of two shapes of an object. */
const breachesIn = (place: string, before: Rules, now: Rules): readonly Breach[] => {
  const [old, fresh] = [before.properties ?? {}, now.properties ?? {}];
  const added = Object.keys(fresh).filter((field) => !(field in old));
  const [was, is] = [new Set(before.required), new Set(now.required)];
  return [
    ...Object.entries(old).flatMap(([field, rules]) => {
      const at = `${place}.${field}`;
      const told = fresh[field];
      if (told === undefined) {
        const renamed = added.some((other) => isDeepStrictEqual(fresh[other], rules));
        return [{ place: at, breach: renamed ? ('renamed' as const) : ('removed' as const) }];
      }
      const needed = is.has(field) === was.has(field) ? [] : [is.has(field) ? 'newly required' : 'newly optional'];
      return [...needed.map((breach) => ({ place: at, breach }) as Breach), ...breachesOf(at, rules, told)];
    }),
    ...added
      .filter((field) => is.has(field))
      .map((field) => ({ place: `${place}.${field}`, breach: 'newly required' as const })),
  ];
};

/** Of what two shapes say of one field. */
const breachesOf = (place: string, before: Rules, now: Rules): readonly Breach[] => {
  const words = new Set([...Object.keys(before), ...Object.keys(now)]);
  for (const word of ['properties', 'required', 'items', 'additionalProperties']) words.delete(word);
  const worst = [...words].flatMap((word) => {
    const breach = breachOf(word, Reflect.get(before, word), Reflect.get(now, word));
    return breach ? [{ place, breach }] : [];
  });
  // One for each field is enough to find it.
  const [first] = [...worst.filter(({ breach }) => breach === 'narrowed'), ...worst];
  return [
    ...(first ? [first] : []),
    ...breachesWithin(`${place}[]`, before.items, now.items),
    ...breachesWithin(`${place}.*`, before.additionalProperties, now.additionalProperties),
    ...breachesIn(place, before, now),
  ];
};

/** Of what is in a list, or under names. */
const breachesWithin = (place: string, before: Rules | false | undefined, now: Rules | false | undefined) => {
  if (before && now) return breachesOf(place, before, now);
  return Boolean(before) === Boolean(now) ? [] : [{ place, breach: 'changed' as const }];
};

type Judge = (before: unknown, now: unknown) => Breach['breach'] | undefined;
const unless =
  (isWide: (before: never, now: never) => boolean): Judge =>
  (before, now) => {
    if (now === undefined) return undefined;
    return before !== undefined && isWide(before as never, now as never) ? undefined : 'narrowed';
  };
const atMost = unless((before: number, now: number) => now <= before);
const atLeast = unless((before: number, now: number) => now >= before);
const sameOrNone = unless(() => false);

/** What a word of a schema may become. A word that is not here may not change. */
const judges: Readonly<Record<string, Judge>> = {
  enum: unless((before: readonly unknown[], now: readonly unknown[]) => before.every((choice) => now.includes(choice))),
  minimum: atMost,
  exclusiveMinimum: atMost,
  minLength: atMost,
  minItems: atMost,
  minProperties: atMost,
  maximum: atLeast,
  exclusiveMaximum: atLeast,
  maxLength: atLeast,
  maxItems: atLeast,
  maxProperties: atLeast,
  propertyNames: sameOrNone,
  uniqueItems: sameOrNone,
  pattern: sameOrNone,
  format: sameOrNone,
  type: (before, now) => (before === 'integer' && now === 'number' ? undefined : sameOrNone(before, now)),
};

const breachOf = (word: string, before: unknown, now: unknown): Breach['breach'] | undefined => {
  if (isDeepStrictEqual(before, now)) return undefined;
  const judge = judges[word];
  return judge ? judge(before, now) : 'changed';
};
