import {
  type Clock,
  type Fingerprints,
  idFrom,
  type LogIdentity,
  type Past,
  type PolicyBook,
  type Receipt,
  SOURCE_CONFLICT,
  type Wish,
} from '#application';
import { isRejection, type Meta, type Rejection, streamOf } from '#kernel';
import type { Language } from '../words.js';
import { isRecorded } from './changed.js';
import { Lanes } from './lanes.js';
import { delimiterOf, type Mapping } from './mapping.js';
import { expectedBy } from './mapping-check.js';
import { RejectedRows } from './rejected-rows.js';
import { isRow, type Names, type Row, rowReader, type Speech } from './row.js';
import { openTable, type Table } from './table.js';
import { ImportProblem, type Sentence, sentence } from './words.js';

/** What an import stands on: who decides, and the log it goes into. */
export type Desk = Readonly<{
  decide: (wish: Wish) => Promise<Receipt | Rejection>;
  store: Past;
  policies: PolicyBook;
  fingerprints: Fingerprints;
  log: LogIdentity;
  clock: Clock;
}>;

export type Progress = Counts & Readonly<{ bytes: number; totalBytes: number; perSecond: number; secondsLeft: number }>;
export type Counts = Readonly<{ read: number; recorded: number; already: number; rejected: number; changed: number }>;
export type Summary = Counts &
  Readonly<{
    facts: number;
    seconds: number;
    /** Of the rows that are in the log now. */
    lastOccurredAt: string | undefined;
    /** Where the rows are that were rejected or had changed. */
    rejectedFile: string | undefined;
    firstReason: string | undefined;
    interrupted: boolean;
  }>;

export type ImportOptions = Desk &
  Readonly<{
    file: string;
    mapping: Mapping;
    /** Ends the import after the rows that are under way. */
    signal?: AbortSignal;
    onProgress?: (progress: Progress) => void;
    /** Rows under way at once. */
    inFlight?: number;
    /** Of the reasons. */
    lang?: Language;
  }>;

/**
 * Imports a file: every row becomes commands through the same deciders as over HTTP. Done again it records nothing, and
 * one that was interrupted goes on. Throws `ImportProblem` when the file, its mapping or the currency does not do, and
 * `Unavailable` when the store is lost; what was recorded until then stays.
 */
export const importFile = async (options: ImportOptions): Promise<Summary> => {
  const { file, mapping } = options;
  const table = await openTable(file, expectedBy(mapping));
  try {
    await assertCurrency(options);
    const rejects = new RejectedRows(file, table.header, {
      delimiter: delimiterOf(mapping),
      lang: options.lang ?? 'en',
    });
    await rejects.begin();
    return await new Import(options, table, rejects, (await options.store.head()) ?? -1n).run();
  } finally {
    await table.close();
  }
};

/** Before any store is asked: the file is there, is text, and has the columns. Throws `ImportProblem`. */
export const assertReadable = async (file: string, mapping: Mapping): Promise<void> => {
  const table = await openTable(file, expectedBy(mapping));
  await table.close();
};

const assertCurrency = async ({ mapping: { currency }, log, policies, clock }: ImportOptions): Promise<void> => {
  if (currency === log.company.currency || (await policies.effectiveAt(`fx.${currency}`, clock.now()))) return;
  throw new ImportProblem('currency-differs', { currency, company: log.company.currency });
};

/** Ids that are the same whenever the file is imported into this log, and that nobody outside can guess. */
export const namesIn = ({ secret }: Pick<LogIdentity, 'secret'>, { system }: Mapping): Names => ({
  stream: (category, key) => idFrom(secret, system, category, key),
  content: (cells) => idFrom(secret, system, 'content', JSON.stringify(cells)),
});

type Outcome = 'recorded' | 'already' | 'changed' | Rejection;

const PROGRESS_EVERY_MS = 200;
/** Streams that are spoken to once: so many are remembered. Whoever is forgotten is asked again, and says nothing new. */
const ONCE_REMEMBERED = 100_000;

class Import {
  private readonly counts = { read: 0, recorded: 0, already: 0, rejected: 0, changed: 0 };
  private readonly began = performance.now();
  private readonly lanes: Lanes;
  private readonly asked = new Set<string>();
  private facts = 0;
  private lastOccurredAt: string | undefined;
  private progressAt = 0;
  /** The last answer was old: what follows is looked up before it is asked. */
  private isRepeating = false;

  /** `known` is the last position known to be taken: what is answered to be there or before was recorded earlier. */
  constructor(
    private readonly options: ImportOptions,
    private readonly table: Table,
    private readonly rejects: RejectedRows,
    private known: bigint,
  ) {
    this.lanes = new Lanes(options.inFlight ?? 64);
  }

  async run(): Promise<Summary> {
    try {
      await this.readAll();
    } finally {
      await this.lanes.finished().finally(() => {
        this.report();
        return this.rejects.end();
      });
    }
    const isRejecting = this.rejects.firstReason !== undefined;
    return {
      ...this.counts,
      facts: this.facts,
      seconds: this.seconds(),
      lastOccurredAt: this.lastOccurredAt,
      rejectedFile: isRejecting ? this.rejects.file : undefined,
      firstReason: this.rejects.firstReason,
      interrupted: this.options.signal?.aborted ?? false,
    };
  }

  private async readAll(): Promise<void> {
    const { mapping, log, clock, signal } = this.options;
    const readRow = rowReader(mapping, this.table.header, namesIn(log, mapping));
    const now = clock.now();
    for await (const { cells, broken } of this.table.rows) {
      if (signal?.aborted) return;
      this.counts.read += 1;
      const row = broken ?? readRow(cells, now);
      if (isRow(row)) await this.lanes.start(lanesOf(row), () => this.take(row, cells));
      else await this.reject(cells, row, 'rejected');
      this.reportNowAndThen();
    }
  }

  private async take(row: Row, cells: readonly string[]): Promise<void> {
    const outcome = await this.outcomeOf(row);
    if (typeof outcome !== 'string')
      return this.reject(cells, sentence('refused', { code: outcome.rejected }), 'rejected');
    for (const { occurredAt } of row.speeches)
      if (this.lastOccurredAt === undefined || occurredAt > this.lastOccurredAt) this.lastOccurredAt = occurredAt;
    if (outcome === 'changed') return this.reject(cells, sentence('changed'), 'changed');
    this.counts[outcome] += 1;
  }

  /** Of all that a row says: the first refusal ends it, one change counts for the row, and so does one fact. */
  private async outcomeOf(row: Row): Promise<Outcome> {
    let whole: Outcome = 'already';
    for (const speech of row.speeches) {
      const outcome = await this.say(row, speech);
      if (typeof outcome !== 'string') return outcome;
      if (outcome === 'changed' || whole === 'already') whole = outcome;
    }
    return whole;
  }

  private async say(row: Row, speech: Speech): Promise<Outcome> {
    if (speech.once && this.asked.has(speech.id)) return 'already';
    const wish = this.wishOf(row, speech);
    const isKnown = this.isRepeating && (await isRecorded(wish, this.options));
    const outcome = isKnown ? 'already' : await this.ask(wish);
    if (typeof outcome === 'string' && speech.once) this.remember(speech.id);
    return outcome;
  }

  private async ask(wish: Wish): Promise<Outcome> {
    const { known } = this;
    const answer = await this.options.decide(wish);
    if (isRejection(answer)) return answer.rejected === SOURCE_CONFLICT ? 'changed' : answer;
    if (answer.events.length === 0) return 'already';
    this.isRepeating = answer.position <= known;
    if (this.isRepeating) return 'already';
    if (answer.position > this.known) this.known = answer.position;
    this.facts += answer.events.length;
    return 'recorded';
  }

  private wishOf({ identity }: Row, { slice, id, said, commands, occurredAt, zone }: Speech): Wish {
    const { log, mapping } = this.options;
    const commandId = idFrom(log.secret, mapping.system, said, streamOf(slice, id));
    const meta: Meta = {
      commandId,
      correlationId: commandId,
      causationId: commandId,
      occurredAt,
      zone,
      actor: { kind: 'system', id: 'import' },
      channel: 'import',
      source: { system: mapping.system, id: identity },
      backfill: true,
    };
    return { slice, id, commands, meta };
  }

  private remember(id: string): void {
    this.asked.add(id);
    const [oldest] = this.asked;
    if (this.asked.size > ONCE_REMEMBERED && oldest !== undefined) this.asked.delete(oldest);
  }

  private async reject(cells: readonly string[], why: Sentence, count: 'rejected' | 'changed'): Promise<void> {
    this.counts[count] += 1;
    await this.rejects.add(cells, why);
  }

  private reportNowAndThen(): void {
    if (performance.now() - this.progressAt < PROGRESS_EVERY_MS) return;
    this.progressAt = performance.now();
    this.report();
  }

  private report(): void {
    const [bytes, { totalBytes }, { read }] = [this.table.bytesRead(), this.table, this.counts];
    const seconds = this.seconds();
    const secondsLeft = bytes > 0 ? (seconds * (totalBytes - bytes)) / bytes : 0;
    this.options.onProgress?.({ ...this.counts, bytes, totalBytes, perSecond: read / seconds, secondsLeft });
  }

  private seconds(): number {
    return (performance.now() - this.began) / 1000;
  }
}

/** Facts of one customer, and of one booking, stay in the order of the file. */
const lanesOf = ({ speeches }: Row): readonly string[] => speeches.map(({ id }) => id);
