import { parseArgs } from 'node:util';
import { type EmbeddedEventStore, startEventStore } from '#event-store-embedded';
import { announce } from './event-store-process.js';

// A process of its own: prints the connection string as its first line and ends when its parent does.

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
  await announce(values.data, store.connectionString);
  process.stdout.write(`${store.connectionString}\n`);
  const stop = () => store.close().then(() => process.exit(0));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  process.off('disconnect', leave).once('disconnect', stop);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
