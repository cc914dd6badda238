import { eventClasses, reactions, slices } from '#domain';
import { type AnySlice, type Class, categoryIn, type Event, type Participant, sentenceOf } from '#kernel';
import { views } from '#read-models';
import type { CatalogueEntry, Rules } from '#system';
import { stamped, witness } from '#testing';
import { eventSchema, versionOf } from './contract.js';
import { aboutOf } from './meanings.js';

/** The page of what no slice decides. */
const COMPANY = 'company';

/** Every event, from the classes, from what hears it, and from the examples that the kits have seen hold. Throws where no example tells one. */
export const entriesSeen = (): readonly CatalogueEntry[] =>
  Object.entries(eventClasses).map(([type, shape]) => entryOf(type, shape));

type Seen = Readonly<{ event: Event; command?: string; participants: readonly Participant[] }>;

const entryOf = (type: string, shape: Class): CatalogueEntry => {
  const slice = slices.find(({ events }) => type in events);
  const seen: readonly Seen[] = slice
    ? decidedOf(type)
    : [...witness.told.values()].filter(({ event }) => event.type === type);
  const { data } = fullest(type, seen);
  const line = slice ? lineOf(slice, { type, data }) : null;
  const roles = distinct(seen.flatMap(({ participants }) => participants.map(({ role }) => role)));
  const stream = slice ? `${slice.category}-<id>` : streamIn(type, shape);
  return {
    type,
    version: versionOf(type),
    category: categoryIn(stream),
    stream,
    page: slice?.collection ?? COMPANY,
    meaning: aboutOf(shape) || (line?.en ?? ''),
    line,
    roles,
    emittedBy: distinct(seen.flatMap(({ command }) => command ?? [])).sort(),
    reactions: reactions.filter(({ hears }) => hears.includes(type)).map(({ name }) => name),
    views: viewsHearing(type, roles),
    example: data,
    schema: eventSchema(type, shape) as Rules,
  };
};

const decidedOf = (type: string): readonly Seen[] =>
  witness.decided.flatMap(({ events, command, participants }) =>
    events.filter((event) => event.type === type).map((event) => ({ event, command, participants })),
  );

/** The example with most fields; of several the first. */
const fullest = (type: string, seen: readonly Seen[]): Event => {
  const [first, ...others] = seen.map(({ event }) => event);
  if (!first) throw new Error(`no example tells ${type}: which given(…).when(…).then(…) does?`);
  const size = ({ data }: Event) => Object.keys(data).length;
  return others.reduce((most, event) => (size(event) > size(most) ? event : most), first);
};

const lineOf = ({ touchpoint, words }: AnySlice, example: Event): CatalogueEntry['line'] => {
  const meaning = touchpoint(stamped(example));
  if (!meaning) return null;
  const said = (lang: 'en' | 'zh') => sentenceOf(words[lang], meaning.summary, meaning.params) ?? '';
  return { en: said('en'), zh: said('zh') };
};

/** The comments above the company's events say where each lies. */
const streamIn = (type: string, shape: Class): string => {
  const [, stream] = /in `([a-zA-Z]+-[^`]+)`/.exec(aboutOf(shape)) ?? [];
  if (stream === undefined) throw new Error(`in which stream is ${type}? The comment above its class says`);
  return stream;
};

const viewsHearing = (type: string, roles: readonly string[]): readonly string[] =>
  views
    .filter(({ projection: { hears, context } }) =>
      hears === 'everything'
        ? roles.length > 0 || context?.hears.includes(type)
        : [...hears, ...(context?.hears ?? [])].includes(type),
    )
    .map(({ projection }) => projection.name);

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)];
