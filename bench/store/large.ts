import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStoreDBClient } from '@eventstore/db-client';
import { type Result, rateOf } from '../protocol.js';
import { bytesIn, ServerProcess } from './server-process.js';
import { DURABILITY, measured } from './store.js';
import { ALL, drain, EVENT_BYTES, eventsFrom, ROWS, type Row } from './work.js';

const SMALL = 100_000;
const SIZE = 100;

/** What `total` stored events cost: the same work with so many and with 100 000, what a start takes, memory and disk. */
export const largeBenches = async (total: number, say: (text: string) => void): Promise<readonly Result[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-store-large-'));
  const [many, few] = [join(folder, 'many'), join(folder, 'few')];
  try {
    const [large, small] = [
      await ServerProcess.start('serve-embedded.mjs', many),
      await ServerProcess.start('serve-embedded.mjs', few),
    ];
    await fill(small.client, SMALL, say);
    await fill(large.client, total, say);
    const results: Result[] = [];
    for (const row of rows) results.push({ ...(await measured(row, large, small)), unit: `of the same with ${SMALL}` });
    const filled = large.anonymousMegabytes;
    await Promise.all([large.stop(), small.stop()]);
    return [...results, ...(await afterwards(many, total, filled))];
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const rowOf = (id: string): Row => ROWS.find((row) => row.id === id) as Row;

const rows: readonly Row[] = [
  { ...rowOf('S2'), id: 'S11', floor: 0.9, database: '' },
  {
    id: 'S12',
    name: '300 streams of 100, one after the other',
    floor: 0.9,
    database: '',
    work: async (client) => SIZE * (await rateOf(300, 1, (n) => drain(client.readStream(streamOf(n)), SIZE))),
  },
  { ...rowOf('S7'), id: 'S13', floor: 0.9, database: '' },
];

/** Printed, not judged: they depend on the machine. */
const afterwards = async (folder: string, total: number, filled: number): Promise<readonly Result[]> => {
  const began = performance.now();
  const again = await ServerProcess.start('serve-embedded.mjs', folder);
  const seconds = (performance.now() - began) / 1000;
  for await (const _ of again.client.readAll({ maxCount: ALL }));
  const memory = again.anonymousMegabytes;
  await again.stop();
  const disk = bytesIn(folder) / (total * EVENT_BYTES);
  const figure = (id: string, value: number, goal: number, unit: string, notes: string): Result => {
    return { id, ratio: value, low: value, high: value, floor: 0, goal, unit, durability: DURABILITY, notes };
  };
  return [
    figure('S14', seconds, 2, `s to start with ${total} events`, 'process and client included'),
    figure('S15', memory, 300, 'MB of anonymous memory after a start', `${filled} MB after writing them all`),
    figure('S16', disk, 2, 'bytes on disk for a byte of data and metadata', 'index files included'),
  ];
};

const streamOf = (number: number): string => `filled${number % 8}-${number}`;

const fill = async (client: EventStoreDBClient, total: number, say: (text: string) => void): Promise<void> => {
  await rateOf(total / SIZE, 8, async (number) => {
    await client.appendToStream(streamOf(number), eventsFrom(number * SIZE, SIZE));
    if (number > 0 && (number * SIZE) % 1_000_000 === 0) say(`${number * SIZE} events written`);
  });
};
