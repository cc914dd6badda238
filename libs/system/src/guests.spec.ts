import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEventStore } from '#event-store';
import { poolOver } from '#postgres';
import { machineClock } from './business-clock.js';
import { startStoreProcess } from './event-store-process.js';
import { arrive, whenNobodyIsThere } from './guests.js';
import { withoutKeys } from './keys.js';
import { loggerFor } from './logger.js';
import { leaveStores, reachStores, type Stores } from './session.js';
import { readSettings } from './settings.js';
import { eventShapes } from './shapes.js';

jest.setTimeout(60_000);
const quiet = loggerFor('test', 'silent');
const nothing = async () => undefined;
let data: string;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'touchline-guests-'));
});
afterEach(() => rm(data, { recursive: true }));

const reach = () => reachStores(readSettings({ TOUCHLINE_DATA: data }), quiet);

/** Which of the two stores answer. */
const answering = async ({ eventStoreUrl, databaseUrl }: Stores): Promise<readonly string[]> => {
  const store = openEventStore(eventStoreUrl, { shapes: eventShapes, sealing: withoutKeys }, machineClock);
  const pool = poolOver(databaseUrl, { max: 1 });
  const [head, selected] = await Promise.allSettled([store.head(), pool.query('select 1')]);
  await Promise.allSettled([store.close(), pool.end()]);
  return [
    ...(head.status === 'fulfilled' ? ['event store'] : []),
    ...(selected.status === 'fulfilled' ? ['PostgreSQL'] : []),
  ];
};

describe('the stores of a data folder', () => {
  it.each(['who started them', 'who found them'])('go on when %s goes first, and end with the last', async (first) => {
    const both = [await reach(), await reach()];
    const [goes, stays] = (first === 'who started them' ? both : both.reverse()) as [Stores, Stores];
    await leaveStores(goes);
    expect(await answering(stays)).toEqual(['event store', 'PostgreSQL']);
    await leaveStores(stays);
    expect(await answering(stays)).toEqual([]);
  });

  it('end with the last who lives: who was killed does not count', async () => {
    const stores = await reach();
    const dead = { pid: 2 ** 22 + 1, started: '1', token: 'dead' };
    await writeFile(join(data, 'guests', 'dead'), JSON.stringify(dead));
    await writeFile(join(data, 'guests', 'half'), JSON.stringify(dead).slice(0, 9));
    await leaveStores(stores);
    expect(await answering(stores)).toEqual([]);
  });
});

it('a dead process that nobody has reaped is nobody', async () => {
  await (await arrive(data)).leave(nothing, nothing);
  const sleeper = spawn('/bin/sh', ['-c', 'sleep 60 & echo $!; exec sleep 60']);
  try {
    const pid = Number(String((await once(sleeper.stdout, 'data'))[0]));
    const statOf = async () => (await readFile(`/proc/${pid}/stat`, 'latin1')).split(') ').at(-1)?.split(' ') ?? [];
    const started = (await statOf())[19];
    await writeFile(join(data, 'guests', 'unreaped'), JSON.stringify({ pid, started, token: 'unreaped' }));
    expect(await whenNobodyIsThere(data, nothing)).toBe(false);
    // Only once the shell has become a sleeper: the shell itself might still reap its child.
    while ((await readFile(`/proc/${sleeper.pid}/comm`, 'utf8')) !== 'sleep\n');
    process.kill(pid, 'SIGKILL');
    while ((await statOf())[0] !== 'Z');
    expect(await whenNobodyIsThere(data, nothing)).toBe(true);
  } finally {
    sleeper.kill('SIGKILL');
  }
});

it('nobody comes while the last who leaves is stopping the stores', async () => {
  const told: string[] = [];
  const guest = await arrive(data);
  let other: ReturnType<typeof arrive> | undefined;
  await guest.leave(async () => {
    other = arrive(data).finally(() => told.push('came'));
    for (let looks = 0; looks < 500; looks++) await stat(data);
    told.push('stopped');
  }, nothing);
  await (await other)?.leave(nothing, nothing);
  expect(told).toEqual(['stopped', 'came']);
});

it('an event store whose starter has gone serves the others, and ends when nobody is left', async () => {
  const guest = await arrive(data);
  const { url, child } = await startStoreProcess(join(data, 'eventstore'), 0, quiet);
  const ended = once(child as NonNullable<typeof child>, 'exit');
  const staying = once(child?.stderr as NonNullable<typeof child>['stderr'] & object, 'data');
  child?.disconnect();
  expect(String(await Promise.race([staying, ended]))).toContain('it serves the others');
  const found = await startStoreProcess(join(data, 'eventstore'), 0, quiet);
  expect(found).toMatchObject({ url, child: undefined });
  await guest.leave(nothing, nothing);
  expect((await ended)[0]).toBe(0);
});
