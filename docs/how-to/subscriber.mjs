// A service that hears every completed service, from the first fact on, and misses none.
// node subscriber.mjs <connection string> <checkpoint file>
import { readFile, rename, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { EventStoreDBClient, excludeSystemEvents, START } from '@eventstore/db-client';

const [url, file] = process.argv.slice(2);
const client = EventStoreDBClient.connectionString(url);

const remembered = async () => {
  const text = await readFile(file, 'utf8').catch((error) => (error.code === 'ENOENT' ? '' : Promise.reject(error)));
  return text === '' ? START : { commit: BigInt(text), prepare: BigInt(text) };
};

const remember = async ({ commit }) => {
  await writeFile(`${file}.new`, String(commit), { flush: true });
  await rename(`${file}.new`, file);
};

for (;;) {
  try {
    const filter = excludeSystemEvents();
    for await (const { event } of client.subscribeToAll({ fromPosition: await remembered(), filter })) {
      // Do the work first and remember after: what was interrupted comes again, under the same event.id.
      if (event.type === 'ServiceCompleted') {
        const { customers, occurredAt, backfill = false } = event.metadata;
        console.log(JSON.stringify({ id: event.id, customers, occurredAt, backfill, ...event.data }));
      }
      await remember(event.position);
    }
  } catch (error) {
    console.error(`the event store went away (${error.message}); trying again`);
  }
  await pause(1000);
}
