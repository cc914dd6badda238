import { idFrom } from '#application';
import { streamOf } from '#kernel';
import type { Language } from '../words.js';
import type { Mapping } from './mapping.js';
import { expectedBy } from './mapping-check.js';
import { isRow, rowReader } from './row.js';
import { openTable } from './table.js';
import { inLanguage, type Sentence, sentence } from './words.js';

/** What one row would become; ids are shown as what they derive from. */
export type Explained = Readonly<{ row: number }> &
  (
    | Readonly<{ identity: string; occurredAt: string; streams: readonly ExplainedStream[] }>
    | Readonly<{ misfit: string }>
  );
/** `occurredAt` where it is another than the row's. */
type ExplainedStream = Readonly<{
  stream: string;
  occurredAt?: string;
  commands: readonly Readonly<{ type: string; data: object }>[];
}>;

type Options = Readonly<{ rows?: number; lang?: Language; now?: string }>;

/** What the first rows of a file would become. Asks no store. Throws `ImportProblem`. */
export const explain = async (file: string, mapping: Mapping, options: Options = {}): Promise<readonly Explained[]> => {
  const { rows = 3, lang = 'en', now = LATEST } = options;
  const table = await openTable(file, expectedBy(mapping));
  const derived = new Map<string, string>();
  const named = (id: string, from: string) => {
    derived.set(id, from);
    return id;
  };
  const readRow = rowReader(mapping, table.header, {
    stream: (category, key) => named(idFrom(NO_SECRET, category, key), `${mapping.system}:${key}`),
    content: (cells) => idFrom(NO_SECRET, JSON.stringify(cells)),
  });
  const explained: Explained[] = [];
  try {
    for await (const { cells, broken } of table.rows) {
      explained.push(explainedRow(explained.length + 1, broken ?? readRow(cells, now), derived, lang));
      if (explained.length >= rows) break;
    }
    return explained;
  } finally {
    await table.close();
  }
};

const NO_SECRET = Buffer.alloc(32);
const LATEST = '9999-12-31T23:59:59.999Z';

type Read = ReturnType<ReturnType<typeof rowReader>>;

const explainedRow = (row: number, read: Read, derived: ReadonlyMap<string, string>, lang: Language): Explained => {
  if (!isRow(read)) return { row, misfit: inLanguage(lang, read satisfies Sentence) };
  const plainly = (_: string, value: unknown) => (typeof value === 'string' ? (derived.get(value) ?? value) : value);
  const { identity, occurredAt, speeches } = read;
  const streams = speeches.map(({ slice, id, commands, occurredAt: at }) => ({
    stream: streamOf(slice, derived.get(id) as string),
    ...(at !== occurredAt && { occurredAt: at }),
    commands: JSON.parse(JSON.stringify(commands, plainly)) as ExplainedStream['commands'],
  }));
  return { row, identity, occurredAt, streams };
};

/** The same for people. */
export const explainedText = (rows: readonly Explained[], lang: Language): string =>
  rows.map(textOf(lang)).join('\n\n');

const textOf = (lang: Language) => (explained: Explained) => {
  const { row } = explained;
  if ('misfit' in explained) return inLanguage(lang, sentence('explain-misfit', { row, reason: explained.misfit }));
  const { identity, occurredAt, streams } = explained;
  const head = inLanguage(lang, sentence('explain-row', { row, identity, occurredAt }));
  const said = streams.flatMap(({ stream, occurredAt: at, commands }) => [
    `  ${stream}${at === undefined ? '' : ` · ${at}`}`,
    ...commands.map(({ type, data }) => `    ${type} ${JSON.stringify(data)}`),
  ]);
  return [head, ...said].join('\n');
};
