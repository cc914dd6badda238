// Replays recorded exchanges against an event store and compares what comes back.
//
//   node test/contracts/replay.mjs [--vectors <folder>] [--only <regex>] [--at-once <n>]
//
// EVENTSTORE_URL names the store; without it an embedded one is started on an empty folder.
// Exit code 1: something differs, or fewer exchanges were seen than the folder's index lists.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { EventStoreDBClient } from '@eventstore/db-client';
import { differences } from './differences.mjs';
import { Scenario } from './vectors/recorder/lib/scenario.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    vectors: { type: 'string', default: join(HERE, 'vectors') },
    only: { type: 'string', default: '' },
    'at-once': { type: 'string', default: '12' },
  },
});
const MAX_SHOWN = 8;
/**
 * These look at the whole log, wait until it is quiet, measure time, or close a client, which makes the driver forget
 * what all clients of the process are waiting for: nothing else may run beside them.
 */
const ALONE = /^(append-throw-off|all-|projection-|persistent-timeout|persistent-round-robin|subscribe-catch-up)/;
const LATER = /projections\.Projections|users\.Users|operations\.Operations/;

const folder = resolve(values.vectors);
const json = (path) => JSON.parse(readFileSync(path, 'utf8'));
const only = new RegExp(values.only);
const listed = json(join(folder, 'index.json')).filter(({ id }) => only.test(id));
const scenarios = await load([join(HERE, 'vectors', 'scenarios'), join(folder, 'scenarios')]);
const store = await connect();
const clients = [];
const results = await replayAll(listed);
for (const client of clients) await client.dispose();
await store.close();
process.exitCode = report(results) ? 0 : 1;
setTimeout(() => process.exit(), 500).unref();

/** Scenarios by id; the later folder wins. */
async function load(folders) {
  const found = new Map();
  for (const each of folders.filter(existsSync))
    for (const file of readdirSync(each).filter((name) => name.endsWith('.mjs')))
      for (const scenario of (await import(pathToFileURL(join(each, file)))).default) found.set(scenario.id, scenario);
  return found;
}

async function connect() {
  const url = process.env.EVENTSTORE_URL;
  if (url) return { url, close: async () => {} };
  const { startEventStore } = await import('#event-store-embedded');
  const data = await mkdtemp(join(tmpdir(), 'contract-'));
  const server = await startEventStore({ folder: data });
  const close = async () => {
    await server.close();
    await rm(data, { recursive: true });
  };
  return { url: server.connectionString, close };
}

async function replayAll(entries) {
  const outcomes = new Map();
  const queue = entries.filter(({ id }) => !ALONE.test(id));
  const worker = async () => {
    for (let entry = queue.shift(); entry; entry = queue.shift()) outcomes.set(entry.id, await replay(entry));
  };
  await Promise.all(Array.from({ length: Number(values['at-once']) }, worker));
  for (const entry of entries) if (!outcomes.has(entry.id)) outcomes.set(entry.id, await replay(entry));
  return entries.map(({ id }) => outcomes.get(id));
}

/** What became of one recorded scenario: { id, steps, seen, differs, leftOut }. */
async function replay({ id, steps }) {
  const recorded = json(join(folder, 'expected', `${id}.json`));
  const scenario = scenarios.get(id);
  const outcome = { id, steps, seen: recorded.steps.length, differs: [], leftOut: undefined };
  if (!scenario) return { ...outcome, differs: ['there is no scenario of this name'] };
  if (scenario.tls && !/tls=true/.test(store.url))
    return { ...outcome, leftOut: 'TLS, users and access control come later' };
  const run = new Scenario((parameters = '') =>
    EventStoreDBClient.connectionString(parameters ? `${store.url}&${parameters}` : store.url),
  );
  const failure = await scenario.run(run).then(
    () => undefined,
    (error) => error,
  );
  clients.push(run.client);
  if (failure && LATER.test(failure.message)) return { ...outcome, leftOut: failure.message };
  if (failure) return { ...outcome, differs: [`the scenario failed: ${failure.message}`] };
  return { ...outcome, differs: differences(recorded.steps, run.normaliser.rank(run.steps), 'steps') };
}

function report(results) {
  const leftOut = results.filter((result) => result.leftOut);
  const differing = results.filter((result) => result.differs.length);
  const agreed = results.filter((result) => !result.leftOut && !result.differs.length);
  const short = results.filter(({ steps, seen }) => seen < steps);
  for (const { id, leftOut: reason } of leftOut) console.log(`left out   ${id}: ${reason}`);
  for (const { id, differs } of differing)
    console.log(`differing  ${id}\n  ${differs.slice(0, MAX_SHOWN).join('\n  ')}`);
  for (const { id, steps, seen } of short)
    console.log(`missing    ${id}: the index lists ${steps} exchanges, ${seen} are there`);
  const sum = (some) => `${some.length} (${some.reduce((total, { seen }) => total + seen, 0)} exchanges)`;
  console.log(
    `${results.length} scenarios: agreed ${sum(agreed)}, differing ${sum(differing)}, left out ${sum(leftOut)}`,
  );
  return results.length > 0 && !differing.length && !short.length;
}
