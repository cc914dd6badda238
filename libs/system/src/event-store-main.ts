import { dirname, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type EmbeddedEventStore, startEventStore } from '#event-store-embedded';
import { announce } from './event-store-process.js';
import { whenNobodyIsThere } from './guests.js';

const LOOK_EVERY_MS = 1000;

// A process of its own: prints the connection string as its first line. When its parent has gone it serves the others who
// use the data folder, and ends when nobody does.

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '.touchline/eventstore' },
    port: { type: 'string', default: '2113' },
    'or-any': { type: 'boolean', default: false },
  },
});

const log = (line: object) => process.stderr.write(`${JSON.stringify(line)}\n`);

const start = async (port: number): Promise<EmbeddedEventStore> => {
  try {
    return await startEventStore({ folder: values.data, port, log });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || !values['or-any']) throw error;
    log({ level: 'warn', message: `port ${port} is taken: another one is used` });
    return startEventStore({ folder: values.data, port: 0, log });
  }
};

const leave = () => process.exit(0);
process.once('disconnect', leave);
try {
  const store = await start(Number(values.port));
  await announce(values.data, store.connectionString, false);
  process.stdout.write(`${store.connectionString}\n`);
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= store.close());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => close().then(leave));
  const serveOthers = async () => {
    // Whoever read what is logged has gone.
    process.stderr.on('error', () => undefined);
    const endUnlessUsed = () => whenNobodyIsThere(dirname(resolve(values.data)), close);
    if (await endUnlessUsed()) return leave();
    log({ level: 'info', message: 'whoever started the event store has gone; it serves the others' });
    do await pause(LOOK_EVERY_MS);
    while (!(await endUnlessUsed()));
    leave();
  };
  process.off('disconnect', leave).once('disconnect', serveOthers);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
