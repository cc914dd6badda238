import { randomUUID } from 'node:crypto';
import { type EventStoreDBClient, jsonEvent, streamNameFilter } from '@eventstore/db-client';
import { rateOf } from '../protocol.js';

export const READ = 10_000;
export const ALL = 30_000;
/** Bytes of data of one event; there is no metadata. */
export const EVENT_BYTES = 350;

const padding = 'x'.repeat(EVENT_BYTES - JSON.stringify({ number: 100_000, text: '' }).length);
export const eventOf = (number: number) =>
  jsonEvent({ type: 'measured', data: { number: 100_000 + (number % 900_000), text: padding } });
export const eventsFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => eventOf(first + index));

/** What is measured: it returns events a second. */
export type Work = (client: EventStoreDBClient) => Promise<number>;

const appending =
  (total: number, inFlight: number, size = 1): Work =>
  async (client) => {
    const stream = `bench${randomUUID().slice(0, 8)}-append`;
    const append = (index: number) => client.appendToStream(stream, eventsFrom(index * size, size));
    return size * (await rateOf(total / size, inFlight, append));
  };

export const drain = async (stream: AsyncIterable<unknown>, limit: number): Promise<number> => {
  const began = performance.now();
  let count = 0;
  for await (const _ of stream) if (++count === limit) break;
  if (count < limit) throw new Error(`${count} of ${limit} events came`);
  return count / ((performance.now() - began) / 1000);
};

export type Row = Readonly<{ id: string; name: string; floor: number; database: string; work: Work }>;

/** The database's own figures are events a second on other hardware, median and range of three runs: for orientation. */
export const ROWS: readonly Row[] = [
  {
    id: 'S1',
    name: 'append, 1 in flight',
    floor: 0.5,
    database: '1008 (858–1058)',
    work: appending(600, 1),
  },
  {
    id: 'S2',
    name: 'append, 64 in flight',
    floor: 0.7,
    database: '8695 (4871–8814)',
    work: appending(8_000, 64),
  },
  {
    id: 'S3',
    name: 'append, 256 in flight',
    floor: 0.7,
    database: '14495 (13384–14692)',
    work: appending(10_000, 256),
  },
  {
    id: 'S4',
    name: '100 an append, 1 in flight',
    floor: 0.6,
    database: '31048 (25504–31701)',
    work: appending(10_000, 1, 100),
  },
  {
    id: 'S5',
    name: '100 an append, 8 in flight',
    floor: 0.6,
    database: '48335 (45507–50895)',
    work: appending(20_000, 8, 100),
  },
  {
    id: 'S6',
    name: 'readStream of 10 000',
    floor: 0.85,
    database: '48321 (29756–62521)',
    work: (client) => drain(client.readStream('bench-read', { maxCount: READ }), READ),
  },
  {
    id: 'S7',
    name: 'readAll of 30 000',
    floor: 0.85,
    database: '75171 (54883–78310)',
    work: (client) => drain(client.readAll({ maxCount: ALL }), ALL),
  },
  {
    id: 'S8',
    name: '$all catch-up of 30 000 behind a filter',
    floor: 0.75,
    database: '67283 (64922–71104)',
    work: (client) => drain(client.subscribeToAll({ filter: streamNameFilter({ prefixes: ['bench'] }) }), ALL),
  },
];
