import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Conflict,
  Decide,
  DecideHandler,
  freeForAll,
  type LogIdentity,
  NOTHING_YET,
  type PolicyBook,
  type Standing,
} from '#application';
import type { Fact, Recorded } from '#kernel';
import { InMemoryEventStore, someFingerprints } from '#testing';
import type { Desk } from '../../apps/cli/src/import/import-file.js';
import { parseMapping } from '../../apps/cli/src/import/mapping-text.js';

/** The log in memory, with its streams at hand: scans of 49,470 facts would take minutes. */
export class StreamedInMemory extends InMemoryEventStore {
  private readonly streams = new Map<string, Recorded[]>();

  override async *read(stream: string, { from = 0n } = {}): AsyncIterable<Recorded> {
    yield* (this.streams.get(stream) ?? []).filter(({ revision }) => revision >= from);
  }

  override async append(stream: string, expected: bigint, facts: readonly Fact[]): Promise<Standing> {
    const there = this.streams.get(stream) ?? [];
    const repeated = there.slice(Number(expected) + 1, Number(expected) + 1 + facts.length);
    if (repeated.length === facts.length && repeated.every(({ id }, index) => id === facts[index]?.id)) {
      return repeated.at(-1) ?? NOTHING_YET;
    }
    if (BigInt(there.length) - 1n !== expected) throw new Conflict(stream);
    for (const fact of facts) {
      const recordedAt = '2026-03-01T09:00:00.000Z';
      const position = BigInt(this.log.length);
      const recorded = { ...fact, stream, revision: BigInt(there.length), position, recordedAt };
      there.push(recorded);
      this.log.push(recorded);
    }
    this.streams.set(stream, there);
    return there.at(-1) ?? NOTHING_YET;
  }
}

export const retailLog: LogIdentity = {
  logId: '01900000-0000-7000-8000-00000000000a',
  secret: Buffer.alloc(32, 7),
  company: { zone: 'Europe/London', currency: 'GBP', vertical: 'retail' },
};

type Differences = Readonly<{ log?: LogIdentity; policies?: PolicyBook; now?: string }>;

/** What an import stands on, over a log in memory; answers come back in turns of the event loop, as from a wire. */
export const deskOver = (store: StreamedInMemory, differences: Differences = {}): Desk => {
  const { log = retailLog, policies = { effectiveAt: async () => undefined } } = differences;
  const { now = '2011-12-10T00:00:00.000Z' } = differences;
  const handler = new DecideHandler(store, policies, log, freeForAll, someFingerprints);
  return {
    store: { read: store.read.bind(store), head: async () => store.log.at(-1)?.position ?? null },
    policies,
    fingerprints: someFingerprints,
    log,
    clock: { now: () => now },
    decide: async (wish) => {
      const answer = await handler.execute(new Decide(wish));
      await new Promise(setImmediate);
      return answer;
    },
  };
};

export const sampleFile = join(__dirname, '../../samples/online-retail/online_retail_invoices.csv');
export const onlineRetail = parseMapping(readFileSync(join(sampleFile, '../mapping.yaml'), 'utf8'));
export const HEADER = 'InvoiceNo,CustomerID,ts,is_cancel,amount,lines,country';

/** A folder of files, gone after the tests. */
export const folderOfFiles = () => {
  const folder = mkdtempSync(join(tmpdir(), 'import-'));
  let files = 0;
  return {
    write: (content: string | Buffer, ending = 'csv') => {
      files += 1;
      const file = join(folder, `${files}.${ending}`);
      writeFileSync(file, content);
      return file;
    },
    /** Rows in the columns of Online Retail. */
    rows: (...rows: readonly string[]) => {
      files += 1;
      const file = join(folder, `${files}.csv`);
      writeFileSync(file, `${[HEADER, ...rows].join('\n')}\n`);
      return file;
    },
    replace: (file: string, ...rows: readonly string[]) => writeFileSync(file, `${[HEADER, ...rows].join('\n')}\n`),
    folder,
    remove: () => rmSync(folder, { recursive: true }),
  };
};

/** What every stream holds, whatever the order in which they were opened. */
export const histories = (store: StreamedInMemory) =>
  store.log
    .map(({ position: _, ...fact }) => fact)
    .sort((one, other) => (`${one.stream}${one.revision}` < `${other.stream}${other.revision}` ? -1 : 1));
