import { setTimeout as pause } from 'node:timers/promises';
import { END } from '@eventstore/db-client';
import type { Result } from '../protocol.js';
import type { ServerProcess } from './server-process.js';
import { eventOf, eventsFrom } from './work.js';

export const LIVE = ['S9', 'S10'];
const SUBSCRIBERS = 100;
const APPENDS = 500;
const BURST = 200;
const BOUND_MB = 64;

const figures = (ratio: number) => ({ ratio, low: ratio, high: ratio });

/** 100 subscribers to `$all` while 100 events a second are written; then one that reads nothing while 20 000 events come. */
export const liveBenches = async (store: ServerProcess): Promise<readonly Result[]> => {
  const counts = Array.from({ length: SUBSCRIBERS }, () => 0);
  const subscriptions = counts.map((_, index) =>
    store.client.subscribeToAll({ fromPosition: END }).on('data', () => {
      counts[index] = (counts[index] ?? 0) + 1;
    }),
  );
  await Promise.all(subscriptions.map((each) => new Promise((confirmed) => each.once('confirmation', confirmed))));
  let behind = 0;
  for (let sent = 1; sent <= APPENDS; sent++) {
    await Promise.all([store.client.appendToStream('live', eventOf(sent)), pause(10)]);
    behind = Math.max(behind, ...counts.map((count) => sent - count));
  }
  await pause(300);
  const atHead = counts.filter((count) => count === APPENDS).length;
  for (const subscription of subscriptions) await subscription.unsubscribe();
  const grown = await idleReader(store);
  const common = { floor: 1, goal: 1, durability: 'fdatasync before every answer' };
  return [
    {
      ...common,
      id: 'S9',
      ...figures(atHead / SUBSCRIBERS),
      unit: `of ${SUBSCRIBERS} live subscribers at the head`,
      notes: `${APPENDS} appends at 100 a second; at most ${behind} events behind on the way`,
    },
    {
      ...common,
      id: 'S10',
      ...figures(Math.min(1, BOUND_MB / Math.max(1, grown))),
      unit: `of what one idle reader may cost, ${BOUND_MB} MB, kept`,
      notes: `a subscriber that reads nothing while ${BURST * 100} events come: memory grew by ${grown} MB`,
    },
  ];
};

const idleReader = async (store: ServerProcess): Promise<number> => {
  const idle = store.client.subscribeToAll({ fromPosition: END });
  await new Promise((confirmed) => idle.once('confirmation', confirmed));
  idle.pause();
  const before = store.anonymousMegabytes;
  for (let sent = 0; sent < BURST; sent++) await store.client.appendToStream('burst', eventsFrom(sent * 100, 100));
  const grown = store.anonymousMegabytes - before;
  await idle.unsubscribe();
  return grown;
};
