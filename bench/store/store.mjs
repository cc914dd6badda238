// How much of the client's and the wire's own speed the embedded store leaves: every row is measured against it and against
// a server that does nothing, in turns within one run. Needs `npm run build`.
//
//   node bench/store/store.mjs [--large <events>] [--runs <n>]
//
// A ratio below its limit is exit code 1.
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { END, EventStoreDBClient, jsonEvent, streamNameFilter } from '@eventstore/db-client';

const HERE = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    large: { type: 'string', default: '0' },
    runs: { type: 'string', default: '5' },
    data: { type: 'string', default: tmpdir() },
  },
});
const RUNS = Number(values.runs);
const READ = 10_000;
const ALL = 30_000;

const padding = 'x'.repeat(350 - JSON.stringify({ number: 100000, text: '' }).length);
const event = (number) => jsonEvent({ type: 'measured', data: { number: 100000 + number, text: padding } });

/** The database's own figures: other hardware under another load, for orientation. */
const DATABASE = {
  'append, 1 in flight': 1008,
  'append, 64 in flight': 8695,
  'append, 256 in flight': 14495,
  '100 an append, 1 in flight': 31048,
  '100 an append, 8 in flight': 48335,
  'readStream of 10 000': 48321,
  'readAll of 30 000': 75171,
  '$all catch-up of 30 000, filtered': 67283,
};

async function appends(client, total, { inFlight, size = 1 }) {
  const stream = `bench${randomUUID().slice(0, 8)}-append`;
  let next = 0;
  const worker = async () => {
    while (next < total) {
      const first = next;
      next += size;
      await client.appendToStream(
        stream,
        Array.from({ length: size }, (_, index) => event(first + index)),
      );
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return total;
}

async function drain(stream, limit) {
  let count = 0;
  for await (const _ of stream) if (++count === limit) break;
  return count;
}

const ROWS = [
  { name: 'append, 1 in flight', limit: 0.5, run: (client) => appends(client, 600, { inFlight: 1 }) },
  { name: 'append, 64 in flight', limit: 0.7, run: (client) => appends(client, 8_000, { inFlight: 64 }) },
  { name: 'append, 256 in flight', limit: 0.7, run: (client) => appends(client, 10_000, { inFlight: 256 }) },
  {
    name: '100 an append, 1 in flight',
    limit: 0.6,
    run: (client) => appends(client, 10_000, { inFlight: 1, size: 100 }),
  },
  {
    name: '100 an append, 8 in flight',
    limit: 0.6,
    run: (client) => appends(client, 30_000, { inFlight: 8, size: 100 }),
  },
  {
    name: 'readStream of 10 000',
    limit: 0.85,
    run: (client, { stream }) => drain(client.readStream(stream, { maxCount: READ }), READ),
  },
  { name: 'readAll of 30 000', limit: 0.85, run: (client) => drain(client.readAll({ maxCount: ALL }), ALL) },
  {
    name: '$all catch-up of 30 000, filtered',
    limit: 0.75,
    run: (client) => drain(client.subscribeToAll({ filter: streamNameFilter({ prefixes: ['bench'] }) }), ALL),
  },
];

const start = (script, ...args) =>
  new Promise((resolve, reject) => {
    const child = fork(join(HERE, script), args);
    child.once('message', (url) => resolve({ child, client: EventStoreDBClient.connectionString(String(url)) }));
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)));
  });

/** Processor seconds a process has used, where the system tells. */
const processorSeconds = ({ child }) => {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

async function rate(server, row, context) {
  const [used, began] = [processorSeconds(server), performance.now()];
  const count = await row.run(server.client, context);
  const seconds = (performance.now() - began) / 1000;
  return { perSecond: count / seconds, share: (processorSeconds(server) - used) / seconds };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const rounded = (number) => String(Math.round(number)).padStart(8);

async function measure(row, [store, nothing], context) {
  const pairs = [];
  for (let run = 0; run < RUNS; run++) pairs.push([await rate(store, row, context), await rate(nothing, row, context)]);
  const ours = median(pairs.map(([each]) => each.perSecond));
  const theirs = median(pairs.map(([, each]) => each.perSecond));
  const ratio = median(pairs.map(([a, b]) => a.perSecond / b.perSecond));
  const share = median(pairs.map(([each]) => each.share));
  const verdict = ratio >= row.limit ? 'ok' : 'BELOW';
  console.log(
    `${row.name.padEnd(34)}${rounded(ours)}${rounded(theirs)}   ${ratio.toFixed(2)} (≥ ${row.limit.toFixed(2)}) ${verdict.padEnd(6)}${rounded(share * 100)} %${rounded(DATABASE[row.name] ?? 0)}`,
  );
  return ratio >= row.limit;
}

/** 100 subscribers at the head while 100 events a second are written, and one that reads nothing. */
async function live({ child, client }) {
  const heads = Array.from({ length: 100 }, () => 0);
  const subscriptions = heads.map((_, index) =>
    client.subscribeToAll({ fromPosition: END }).on('data', () => {
      heads[index]++;
    }),
  );
  const idle = client.subscribeToAll({ fromPosition: END });
  idle.pause();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = anonymousMegabytes(child.pid);
  const total = 500;
  for (let sent = 0; sent < total; sent++) {
    await Promise.all([client.appendToStream('live', event(sent)), new Promise((resolve) => setTimeout(resolve, 10))]);
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  const behind = heads.filter((count) => count < total).length;
  console.log(
    `100 live subscribers at 100 appends/s: ${100 - behind} at the head; memory ${before} → ${anonymousMegabytes(child.pid)} MB with one that reads nothing`,
  );
  for (const subscription of [...subscriptions, idle]) await subscription.unsubscribe();
  return behind === 0;
}

const anonymousMegabytes = (pid) =>
  Math.round(Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1]) / 1024);

const fill = async (client, total) => {
  const size = 100;
  let next = 0;
  const worker = async () => {
    while (next < total) {
      const first = next;
      next += size;
      const events = Array.from({ length: size }, (_, index) => event(first + index));
      await client.appendToStream(`filled${(first / size) % 8}-${first / size}`, events);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
};

const folderBytes = (path) => readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);

const stopped = ({ child, client }) =>
  new Promise((resolve) => {
    child.once('exit', resolve);
    client.dispose().then(() => child.send('stop'));
  });

/** What many stored events cost: the same rows with `total` and with 100 000 stored, and what a start takes. */
async function large(total) {
  const paths = [join(folder, 'large'), join(folder, 'small')];
  const [big, small] = [await start('serve-embedded.mjs', paths[0]), await start('serve-embedded.mjs', paths[1])];
  await fill(big.client, total);
  await fill(small.client, 100_000);
  const filled = { stream: 'filled1-1' };
  const rows = [
    { ...ROWS[1], limit: 0.9 },
    { name: 'one stream of 100, 200 times', limit: 0.9, run: readMany },
    { ...ROWS[6], limit: 0.9 },
  ];
  console.log(`\n${total} events stored against 100 000`);
  let holds = true;
  for (const row of rows) holds = (await measure(row, [big, small], filled)) && holds;
  const memory = anonymousMegabytes(big.child.pid);
  await Promise.all([stopped(big), stopped(small)]);
  const began = performance.now();
  const again = await start('serve-embedded.mjs', paths[0]);
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `start ${seconds.toFixed(1)} s (goal 2), memory ${memory} MB, after a start ${anonymousMegabytes(again.child.pid)} MB (goal 300), disk ÷ data ${(folderBytes(paths[0]) / (total * 350)).toFixed(2)} (goal 2)`,
  );
  await stopped(again);
  return holds;
}

async function readMany(client) {
  let count = 0;
  for (let stream = 0; stream < 200; stream++)
    count += await drain(client.readStream(`filled${stream % 8}-${stream}`), 100);
  return count;
}

const folder = mkdtempSync(join(values.data, 'bench-store-'));
const servers = [await start('serve-embedded.mjs', folder), await start('do-nothing.mjs')];
const context = { stream: 'bench-read' };
for (let sent = 0; sent < ALL; sent += 500)
  await servers[0].client.appendToStream(
    sent < READ ? context.stream : 'bench-more',
    Array.from({ length: 500 }, (_, index) => event(sent + index)),
  );
console.log(
  `${'events/s, median of'.padEnd(24)} ${String(RUNS).padEnd(9)}   store nothing   ratio                  store CPU  database`,
);
for (const server of servers) await appends(server.client, 3_000, { inFlight: 64 });
let holds = true;
for (const row of ROWS) holds = (await measure(row, servers, context)) && holds;
holds = (await live(servers[0])) && holds;
if (Number(values.large)) holds = (await large(Number(values.large))) && holds;
for (const { child } of servers) child.disconnect();
rmSync(folder, { recursive: true });
process.exit(holds ? 0 : 1);
