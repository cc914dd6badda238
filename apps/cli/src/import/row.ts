import { misfits } from '#application';
import type { AnySlice, Class, Command } from '#kernel';
import { type DateMapping, type Mapping, nameOf, type Saying, type StreamMapping, type When } from './mapping.js';
import { personalColumnsOf, sliceNamed } from './mapping-check.js';
import { type MomentReader, momentReader, momentsOf } from './moments.js';
import { Occurrences } from './occurrences.js';
import { type ColumnAt, type Maker, type Making, makerOf } from './values.js';
import { type Sentence, sentence } from './words.js';

/** What one row says to one stream. `said` is the identity the command's id derives from. */
export type Speech = Readonly<{
  slice: AnySlice;
  id: string;
  said: string;
  once: boolean;
  commands: readonly Command[];
  occurredAt: string;
  zone: string;
}>;
export type Row = Readonly<{ identity: string; occurredAt: string; speeches: readonly Speech[] }>;

/** The ids that derive from the source: of a stream by what its key holds, of a row by its content. */
export type Names = Readonly<{
  stream: (category: string, key: string) => string;
  content: (cells: readonly string[]) => string;
}>;

/** Longer ones would swell every envelope. */
const LONGEST_IDENTITY = 200;

/** Compiles a mapping for files with this header: each row becomes commands, or the reason why it does not fit. */
export const rowReader = (
  mapping: Mapping,
  header: readonly string[],
  names: Names,
): ((cells: readonly string[], now: string) => Row | Sentence) => {
  const at: ColumnAt = (column) => header.indexOf(column);
  const identityOf = identityReader(mapping, at, names);
  const happened = momentReader(mapping.date, at);
  const dates = new Map(Object.entries(mapping.dates ?? {}).map(([name, date]) => [name, momentReader(date, at)]));
  const streams = mapping.streams.map((stream) => compiled(stream, mapping, at));
  const emptied = emptier(mapping);

  return (raw, now) => {
    const broken = brokenCells(raw, header);
    if (broken) return broken;
    const cells = emptied(raw);
    const identity = identityOf(mapping.identity === 'content' ? raw : cells);
    if (typeof identity !== 'string') return identity;
    const occurredAt = happened(cells);
    if (typeof occurredAt !== 'string') return occurredAt;
    if (occurredAt > now) return sentence('in-the-future');
    const speeches = speechesOf({ streams, dates, names }, { cells, identity, occurredAt, now });
    return 'key' in speeches ? speeches : { identity, occurredAt, speeches };
  };
};

export const isRow = (read: Row | Sentence): read is Row => 'speeches' in read;

const brokenCells = (cells: readonly string[], { length }: readonly string[]): Sentence | undefined => {
  if (cells.length !== length) return sentence('ragged', { found: cells.length, expected: length });
  return cells.some((cell) => cell.includes('\0')) ? sentence('nul') : undefined;
};

/** What a file writes where it has nothing is nothing. */
const emptier = ({ empty }: Mapping) => {
  if (!empty) return (cells: readonly string[]) => cells;
  const nothings = new Set(empty);
  return (cells: readonly string[]) => cells.map((cell) => (nothings.has(cell) ? '' : cell));
};

const identityReader = (mapping: Mapping, at: ColumnAt, names: Names) => {
  const { identity } = mapping;
  if (identity === 'content') {
    const seen = new Occurrences();
    return (cells: readonly string[]): string | Sentence => {
      const content = names.content(cells);
      return `${content}#${seen.next(BigInt(`0x${content.replaceAll('-', '').slice(0, 16)}`))}`;
    };
  }
  const indexes = identity.map(at);
  // It stands in the clear on every fact: what is personal is named by a keyed fingerprint instead.
  const isPersonal = personalColumnsOf(mapping).some((column) => identity.includes(column));
  return (cells: readonly string[]): string | Sentence => {
    const empty = indexes.findIndex((index) => cells[index] === '');
    if (empty >= 0) return sentence('identity-empty', { column: identity[empty] as string });
    const key = isPersonal ? names.content([keyIn(cells, indexes)]) : keyIn(cells, indexes);
    return key.length <= LONGEST_IDENTITY
      ? key
      : sentence('identity-too-long', { column: identity.join(', '), most: LONGEST_IDENTITY });
  };
};

/** One column as it stands; several so that no two combinations read the same. */
const keyIn = (cells: readonly string[], indexes: readonly number[]): string =>
  indexes.length === 1 ? (cells[indexes[0] as number] as string) : JSON.stringify(indexes.map((index) => cells[index]));

type Compiled = Readonly<{
  name: string;
  slice: AnySlice;
  once: boolean;
  key: readonly number[] | undefined;
  prefix: string;
  /** When it is said, where that is not when the row happened. */
  date: string | undefined;
  zone: string;
  sayings: readonly Readonly<{
    type: string;
    shape: Class;
    applies: (cells: readonly string[]) => boolean;
    make: Maker;
  }>[];
}>;

const compiled = (stream: StreamMapping, mapping: Mapping, at: ColumnAt): Compiled => {
  const slice = sliceNamed(stream.slice) as AnySlice;
  return {
    name: nameOf(stream),
    slice,
    once: stream.once ?? false,
    key: stream.key?.map(at),
    prefix: stream.prefix ?? '',
    date: stream.date,
    zone: dateOf(stream, mapping).zone,
    sayings: stream.commands.map(({ type, when, data }: Saying) => ({
      type,
      shape: slice.commands[type] as Class,
      applies: applies(when, at),
      make: makerOf(data, mapping, at),
    })),
  };
};

const dateOf = ({ date: name }: StreamMapping, { date, dates = {} }: Mapping): DateMapping =>
  name === undefined ? date : (dates[name] as DateMapping);

const applies = (when: When | undefined, at: ColumnAt) => {
  if (!when) return () => true;
  const { column, is, startsWith, oneOf } = when;
  const index = at(column);
  if (oneOf) return (cells: readonly string[]) => oneOf.includes(cells[index] as string);
  return startsWith === undefined
    ? (cells: readonly string[]) => cells[index] === is
    : (cells: readonly string[]) => (cells[index] as string).startsWith(startsWith);
};

type Reading = Readonly<{
  streams: readonly Compiled[];
  dates: ReadonlyMap<string, MomentReader>;
  names: Names;
}>;
type Told = Readonly<{ cells: readonly string[]; identity: string; occurredAt: string; now: string }>;

const speechesOf = ({ streams, dates, names }: Reading, told: Told): readonly Speech[] | Sentence => {
  const { cells, identity, now } = told;
  const named = streams.flatMap((stream) => {
    const key = stream.key ? `${stream.prefix}${keyIn(cells, stream.key)}` : identity;
    const isNamed = stream.key?.some((index) => cells[index] !== '') ?? true;
    return isNamed ? [{ stream, key, id: names.stream(stream.slice.category, key) }] : [];
  });
  const ids = new Map(named.map(({ stream, id }) => [stream.name, id] as const));
  const complaints: Sentence[] = [];
  const complain = (about: Sentence) => void complaints.push(about) as undefined;
  const momentOf = momentsOf(dates, cells, complain);
  const speeches = new Map<string, Speech>();
  for (const { stream, key, id } of named) {
    const commands = commandsOf(stream, { cells, ids, momentOf, complain });
    if (commands.length === 0) continue;
    const { slice, once, date, zone } = stream;
    const occurredAt = date === undefined ? told.occurredAt : momentOf(date);
    if (occurredAt === undefined) continue;
    if (occurredAt > now) complain(sentence('in-the-future'));
    if (isEarlier(occurredAt, id, speeches)) complain(sentence('backwards', { date: date ?? 'date' }));
    const said = saidBy(once ? key : identity, date);
    const place = `${id} ${date ?? ''}`;
    speeches.set(place, joined(speeches.get(place), { slice, id, said, once, commands, occurredAt, zone }));
  }
  const spoken = [...speeches.values()];
  if (streams.some(({ once }) => !once) && spoken.every(({ once }) => once)) complaints.push(sentence('no-command'));
  return complaints[0] ?? spoken;
};

/** What is said at another date is said apart. */
const saidBy = (said: string, date: string | undefined): string =>
  date === undefined ? said : JSON.stringify([said, date]);

const isEarlier = (occurredAt: string, id: string, speeches: ReadonlyMap<string, Speech>): boolean =>
  [...speeches.values()].some((before) => before.id === id && before.occurredAt > occurredAt);

/** What one row says to one stream at one date is said at once, whichever parts of the mapping say it. */
const joined = (before: Speech | undefined, speech: Speech): Speech => {
  if (!before) return speech;
  return speech.once ? before : { ...speech, commands: [...before.commands, ...speech.commands] };
};

const commandsOf = ({ sayings }: Compiled, making: Making): readonly Command[] =>
  sayings
    .filter(({ applies }) => applies(making.cells))
    .map(({ type, shape, make }) => {
      const data = make(making) as object;
      const [misfit] = misfits(data, [shape]);
      if (misfit) making.complain(sentence('misfit', { command: type, detail: `${misfit.pointer} ${misfit.detail}` }));
      return { type, data };
    });
