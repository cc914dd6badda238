import { rmSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStatus, waitFor } from '#projections';
import { leaveStores, loggerFor, openSession, readSettings, type Session } from '#system';
import { BuiltCli, type Staying, until } from './built-cli.js';

const TAKEN_OVER_WITHIN_MS = 5_000;

const staying: Staying[] = [];
const folders: string[] = [];
let session: Session | undefined;
afterEach(async () => {
  await session?.close();
  if (session) await leaveStores(session.stores);
  session = undefined;
  for (const one of staying.splice(0).reverse()) if (!one.hasEnded) await one.end();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const freshFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'touchline-processes-'));
  folders.push(folder);
  await chmod(folder, 0o711); // the user PostgreSQL runs as walks through it
  return join(folder, 'data');
};

const start = async (data: string, processes: string, says: RegExp): Promise<Staying> => {
  const one = await new BuiltCli(data, { TOUCHLINE_PROCESSES: processes }).stay(says, 'start');
  staying.push(one);
  return one;
};

const registering = async ({ out }: Staying, data: string) => {
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(out)?.[0] ?? '';
  const authorization = `Bearer ${(await new BuiltCli(data).run('token')).out.trim()}`;
  return async (name: string): Promise<bigint> => {
    const answer = await fetch(`${url}/v1/customers`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    });
    expect(answer.status).toBe(201);
    return BigInt(((await answer.json()) as { position: string }).position);
  };
};

const openedIn = async (data: string): Promise<Session> => {
  session = await openSession(readSettings({ TOUCHLINE_DATA: data }), loggerFor('test', 'silent'));
  return session;
};

it('runs API and projector in one process', async () => {
  const data = await freshFolder();
  const system = await start(data, 'one', /Ctrl-C/);
  const register = await registering(system, data);
  const position = await register('Ada Example');
  const { sql } = await openedIn(data);
  expect(await waitFor(sql, 'customer_profile', position, 20_000)).toBe(true);
  expect([...(await system.children()).keys()].sort()).toEqual(['api', 'event-store', 'postgres']);
});

it('shares the views with one more projector, and takes them over within five seconds when it dies', async () => {
  const data = await freshFolder();
  const system = await start(data, 'many', /Ctrl-C/);
  const second = await start(data, 'projector', /A projector runs/);
  const { sql } = await openedIn(data);
  const shares = async () =>
    (
      await sql<{ n: number }>('select count(*)::integer as n from projection_leases group by projector order by n')
    ).map(({ n }) => n);
  await until(
    async () => String(await shares()) === '5,6',
    () => 'the views were not shared',
  );
  const register = await registering(system, data);
  const views = (await readStatus(sql)).map(({ view }) => view);
  const seen = async (position: bigint) =>
    (await Promise.all(views.map((view) => waitFor(sql, view, position, TAKEN_OVER_WITHIN_MS)))).every(Boolean);
  expect(await seen(await register('Ada Example'))).toBe(true);
  const projector = (await second.children()).get('projector');
  second.child.kill('SIGKILL'); // nobody starts it again
  process.kill(Number(projector), 'SIGKILL');
  const position = await register('Bo Example');
  const from = performance.now();
  expect(await seen(position)).toBe(true);
  process.stdout.write(`projector: views taken over after ${Math.round(performance.now() - from)} ms\n`);
  expect(await shares()).toEqual([11]);
});
