import type { Clock, EventSealing } from '#application';
import { Codec, type EventShapes } from './codec.js';
import { Connection } from './connection.js';
import { EventStoreDb, type Patience } from './event-store.js';

/** Opens the store at a connection string: `esdb://…` or `kurrentdb://…`, one node or a cluster. Connects with the first call. */
export const openEventStore = (
  url: string,
  { shapes, sealing }: Readonly<{ shapes: EventShapes; sealing: EventSealing }>,
  clock: Clock,
  patience?: Patience,
): EventStoreDb => {
  const esdb = url.replace(/^kurrentdb(\+discover)?:/, 'esdb$1:');
  return new EventStoreDb(new Connection(esdb), new Connection(esdb), new Codec(shapes, sealing), clock, patience);
};
