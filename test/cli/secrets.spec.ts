import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedEventStore, startEventStore } from '#event-store-embedded';
import { type Postgres, startPostgres } from '#postgres';
import { BuiltCli, until } from './built-cli.js';

const secret = () => randomBytes(32).toString('hex');
const [ofDatabase, ofStore, ofCaller, masterKey] = [secret(), secret(), secret(), randomBytes(32).toString('base64')];
const secrets = [ofDatabase, ofStore, ofCaller, masterKey];

/** Who on this machine shows a secret to whoever asks for the list of processes. */
const shownByProcesses = async (): Promise<readonly string[]> => {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(processes.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => secrets.some((one) => line.includes(one)));
};
const heldIn = (text: string) => secrets.filter((one) => text.includes(one));
const environmentOf = (pid: number | undefined) => readFile(`/proc/${pid}/environ`, 'utf8');

describe('what is secret', () => {
  jest.setTimeout(120_000);
  let folder: string;
  let postgres: Postgres;
  let store: EmbeddedEventStore;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'touchline-secrets-'));
    postgres = await startPostgres({ folder: join(folder, 'elsewhere') });
    store = await startEventStore({ folder: join(folder, 'store') });
  });
  afterAll(async () => {
    await store.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const knock = async (url: string) => {
    const authorization = `Bearer ${ofCaller}`;
    const headers = { authorization, cookie: `session=${ofCaller}`, 'content-type': 'application/json' };
    await fetch(`${url}/v1/customers`, { method: 'POST', headers, body: JSON.stringify({ name: 'Ann' }) });
    await fetch(`${url}/v1/customers?after=1`, { headers });
  };

  it('is told to neither database nor event store, and shown by no process', async () => {
    const cli = new BuiltCli(join(folder, 'own'), { TOUCHLINE_LOG: 'trace', TOUCHLINE_MASTER_KEY: masterKey });
    const system = await cli.stay(/Ctrl-C stops it/, 'start');
    try {
      await knock(/http:\/\/[\d.:]+/.exec(system.out)?.[0] as string);
      const children = await system.children();
      expect([...children.keys()].sort()).toEqual(['api', 'event-store', 'postgres', 'projector']);
      for (const name of ['event-store', 'postgres'])
        expect(heldIn(await environmentOf(children.get(name)))).toEqual([]);
      expect(heldIn(await environmentOf(children.get('api')))).toEqual([masterKey]); // what is searched for can be found
      expect(await shownByProcesses()).toEqual([]);
    } finally {
      await system.end();
    }
    expect(heldIn(system.out + system.err)).toEqual([]);
  });

  it('is not said when stores have passwords, even while they fail', async () => {
    const DATABASE_URL = postgres.url.replace('//touchline@', `//touchline:${ofDatabase}@`);
    const EVENTSTORE_URL = store.connectionString.replace('//', `//admin:${ofStore}@`);
    const data = join(folder, 'data');
    const cli = new BuiltCli(data, { TOUCHLINE_LOG: 'trace', DATABASE_URL, EVENTSTORE_URL });
    const system = await cli.stay(/Ctrl-C stops it/, 'start');
    let said = '';
    try {
      const url = /http:\/\/[\d.:]+/.exec(system.out)?.[0] as string;
      await knock(url);
      for (const verb of [['doctor'], ['status'], ['doctor', '--json'], ['replay', '--json']]) {
        const { out, err } = await cli.run(...verb);
        said += out + err;
      }
      expect(await shownByProcesses()).toEqual([]);
      const authorization = `Bearer ${(await cli.run('token')).out.trim()}`;
      await postgres.stop();
      await Promise.all([
        store.close(),
        until(
          async () => !(await fetch(`${url}/v1/at-risk`, { headers: { authorization } })).ok,
          () => system.err,
        ),
      ]);
      await knock(url);
      const lost = await cli.run('doctor');
      const nowhere = {
        DATABASE_URL: `postgres://x:${ofDatabase}@127.0.0.1:1/x`,
        EVENTSTORE_URL: `esdb://x:${ofStore}@127.0.0.1:1?tls=false`,
      };
      const never = await new BuiltCli(join(folder, 'never'), nowhere).run('start');
      const wrong = await new BuiltCli(join(folder, 'wrong'), { DATABASE_URL: `mysql://x:${ofDatabase}@db` }).run(
        'start',
      );
      expect([lost.code, never.code, wrong.code]).not.toContain(0);
      said += [lost, never, wrong].map(({ out, err }) => out + err).join('');
    } finally {
      await system.end();
    }
    said += system.out + system.err;
    expect(said).toContain('a request failed');
    expect(said).toContain('…@');
    expect(heldIn(said)).toEqual([]);
  });
});
