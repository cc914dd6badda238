import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inTurn, medianOf, type Result, ratioOf } from '../protocol.js';
import { LIVE, liveBenches } from './live.js';
import { ServerProcess } from './server-process.js';
import { ALL, eventsFrom, READ, ROWS, type Row } from './work.js';

export const DURABILITY = 'fdatasync before every answer';
export const storeIds = ['store', ...ROWS.map(({ id }) => id), ...LIVE];

/**
 * How much of the client's and the wire's own speed the embedded store leaves: every row is measured against it and against
 * a server of the same protocol that keeps nothing and answers at once, in turns. `store` asks for all rows.
 */
export const storeBenches = async (ids: readonly string[]): Promise<readonly Result[]> => {
  const isAsked = (id: string) => ids.includes('store') || ids.includes(id);
  const folder = mkdtempSync(join(tmpdir(), 'bench-store-'));
  const store = await ServerProcess.start('serve-embedded.mjs', folder);
  const nothing = await ServerProcess.start('do-nothing.mjs');
  try {
    for (let sent = 0; sent < ALL; sent += 500)
      await store.client.appendToStream(sent < READ ? 'bench-read' : 'bench-more', eventsFrom(sent, 500));
    const results: Result[] = [];
    for (const row of ROWS.filter(({ id }) => isAsked(id))) results.push(await measured(row, store, nothing));
    if (LIVE.some(isAsked)) results.push(...(await liveBenches(store)));
    return results;
  } finally {
    await Promise.all([store.stop(), nothing.stop()]);
    rmSync(folder, { recursive: true });
  }
};

/** A row with the store's rate to the other's. */
export const measured = async (row: Row, ours: ServerProcess, theirs: ServerProcess): Promise<Result> => {
  const shares: number[] = [];
  const timed = async () => {
    const [used, began] = [ours.processorSeconds, performance.now()];
    const rate = await row.work(ours.client);
    shares.push((ours.processorSeconds - used) / ((performance.now() - began) / 1000));
    return rate;
  };
  const rates = await inTurn({ ours: timed, theirs: () => row.work(theirs.client) });
  const [our, their] = [medianOf(rates.map(([rate]) => rate)), medianOf(rates.map(([, rate]) => rate))];
  const notes = [
    `${row.name}: ${our.toFixed(0)} events/s with ${(medianOf(shares) * 100).toFixed(0)} % of a core, the other ${their.toFixed(0)}`,
    ...(row.database ? [`EventStoreDB 23.10.8 on two other shared cores ${row.database}`] : []),
  ];
  return {
    id: row.id,
    ...ratioOf(rates),
    floor: row.floor,
    goal: row.floor,
    unit: 'of the same client against a server that does nothing',
    durability: DURABILITY,
    notes: notes.join('; '),
  };
};
