import type { EventSealing } from '#application';
import { type EventStoreDb, openEventStore } from '#event-store';
import type { Log } from '#projections';

// Loaded by every projector that is started to be killed: it reaches for no more than it needs.

const shapes = { version: () => 1, lift: (_: string, __: number, data: object) => data };
const sealing: EventSealing = {
  seal: async (facts) => facts.map(({ fact: { data } }) => ({ data })),
  open: ({ data }) => data,
};
const clock = { now: () => new Date().toISOString() };

/** The event store at that address, through the real client, as the engine knows it. */
export const openLog = (
  url: string,
  patience?: Parameters<typeof openEventStore>[3],
): Readonly<{ store: EventStoreDb; log: Log }> => {
  const store = openEventStore(url, { shapes, sealing }, clock, patience);
  const log = {
    follow: store.follow.bind(store),
    head: store.head.bind(store),
    read: (stream: string, from = 0n) => store.read(stream, { from }),
  };
  return { store, log };
};
