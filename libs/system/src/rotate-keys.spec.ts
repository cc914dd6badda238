import promises, { type FileHandle, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Decide, DecideHandler, newId } from '#application';
import { customer } from '#domain';
import { type EmbeddedEventStore, startEventStore } from '#event-store-embedded';
import { isRejection } from '#kernel';
import { type Postgres, startPostgres } from '#postgres';
import { claimBookOf } from './claim-book.js';
import { masterKeyFile } from './keys.js';
import { loggerFor } from './logger.js';
import { rotateMasterKey, rotateSubjectKeys } from './rotate-keys.js';
import { openSession, type Session } from './session.js';
import { readSettings } from './settings.js';

const PEOPLE = ['Ann Lee', 'Bob Ray', 'Eve Oak'];
const EVERYTHING = ['Ann Lee', 'Ann Day', 'Bob Ray', 'Eve Oak'];

describe('other keys', () => {
  let folder: string;
  let data: string;
  let store: EmbeddedEventStore;
  let postgres: Postgres;
  const ids: string[] = [];
  const given = new Set<string>();

  const opened = async <T>(work: (session: Session) => Promise<T>, env = {}): Promise<T> => {
    const urls = { EVENTSTORE_URL: store.connectionString, DATABASE_URL: postgres.url };
    const settings = readSettings({ TOUCHLINE_DATA: data, ...urls, ...env });
    const session = await openSession(settings, loggerFor('test', 'silent'));
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  };
  const say = async (session: Session, id: string, type: string, said: object) => {
    const { store: log, policies, log: identity, fingerprints, clock } = session;
    const commandId = newId();
    const answer = await new DecideHandler(log, policies, identity, claimBookOf(session), fingerprints).execute(
      new Decide({
        slice: customer,
        id,
        commands: [{ type, data: said }],
        meta: {
          commandId,
          correlationId: commandId,
          causationId: commandId,
          occurredAt: clock.now(),
          zone: 'UTC',
          actor: { kind: 'system', id: 'test' },
          channel: 'test',
        },
      }),
    );
    expect(isRejection(answer)).toBe(false);
  };
  const namesIn = async (session: Session) => {
    const names: unknown[] = [];
    for (const id of ids)
      for await (const { data: told } of session.store.read(`customer-${id}`)) names.push(Reflect.get(told, 'name'));
    return names;
  };
  const masters = async () => (await readFile(masterKeyFile(data), 'utf8')).split('\n').filter(Boolean);
  const remember = async () => {
    for (const key of await masters()) given.add(key);
  };
  /** Every file of the data folder that holds one of these keys. */
  const holding = async (keys: readonly string[]) => {
    const found: string[] = [];
    for (const name of await readdir(data, { withFileTypes: true })) {
      if (!name.isFile()) continue;
      const bytes = await readFile(join(data, name.name));
      if (keys.some((key) => bytes.includes(key) || bytes.includes(Buffer.from(key, 'base64')))) found.push(name.name);
    }
    return found;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotate-'));
    data = join(folder, 'data');
    store = await startEventStore({ folder: join(folder, 'eventstore') });
    postgres = await startPostgres({ folder: join(folder, 'postgres'), log: () => undefined });
    await opened(async (session) => {
      for (const name of PEOPLE) {
        ids.push(newId());
        await say(session, ids.at(-1) as string, 'RegisterIndividual', { name });
      }
    });
  });
  afterAll(async () => {
    await store.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(() => void jest.restoreAllMocks());

  it('seal what comes, while what is there stays readable', async () => {
    await opened(async (session) => {
      expect(await rotateSubjectKeys(session)).toBe(3);
      await say(session, ids[0] as string, 'ChangeName', { name: 'Ann Day' });
      expect(session.secrets.keys.current(ids[0] as string)).toMatchObject({ version: 2 });
    });
    expect(await opened(namesIn)).toEqual(EVERYTHING);
  });

  it('of the master lie in its file alone, and the old one nowhere', async () => {
    await remember();
    expect(await opened(rotateMasterKey)).toBe(3);
    const [now, ...others] = await masters();
    expect([given.has(now as string), others]).toEqual([false, []]);
    expect([await holding([...given]), await holding([now as string])]).toEqual([[], ['master.key']]);
    expect(await opened(namesIn)).toContain('Eve Oak');
  });

  /** The n-th call of each fails, as if the process had been killed there. */
  const writes = async (): Promise<FileHandle> => {
    const probe = await open(join(folder, 'probe'), 'w');
    await probe.close();
    return Object.getPrototypeOf(probe);
  };
  const dyingAt = async (what: 'writeFile' | 'rename' | 'write' | 'datasync', nth: number) => {
    const target = what === 'write' || what === 'datasync' ? await writes() : promises;
    const real = Reflect.get(target, what) as (...args: unknown[]) => unknown;
    let calls = 0;
    jest.spyOn(target as never, what as never).mockImplementation(function (this: unknown, ...args: unknown[]) {
      calls += 1;
      return calls >= nth ? Promise.reject(new Error('killed')) : real.apply(this, args);
    } as never);
  };

  it.each([
    ...[1, 2, 3].map((n) => ['writeFile', n] as const),
    ...[1, 2, 3].map((n) => ['rename', n] as const),
    ...[1, 3].map((n) => ['write', n] as const),
    ['datasync', 1] as const,
  ])(
    'of the master lose nothing when they are cut short at %s %i, and are made when it is done again',
    async (what, n) => {
      await remember();
      await opened(async (session) => {
        await dyingAt(what, n);
        await expect(rotateMasterKey(session)).rejects.toThrow('killed');
        jest.restoreAllMocks();
      });
      await remember();
      await opened(async (session) => {
        expect(await namesIn(session)).toEqual(EVERYTHING);
        await rotateMasterKey(session);
        expect(await namesIn(session)).toEqual(EVERYTHING);
      });
      const now = await masters();
      expect([now.length, await holding([...given])]).toEqual([1, []]);
    },
  );

  it('of the master come from outside: first both, then the new one', async () => {
    const [old = ''] = await masters();
    const [fresh, file] = [Buffer.alloc(32, 9).toString('base64'), join(folder, 'both')];
    await promises.writeFile(file, `${fresh}\n${old}\n`);
    await rm(masterKeyFile(data));
    await opened(rotateMasterKey, { TOUCHLINE_MASTER_KEY: `file:${file}` });
    expect(await opened(namesIn, { TOUCHLINE_MASTER_KEY: fresh })).toContain('Eve Oak');
    await expect(opened(namesIn, { TOUCHLINE_MASTER_KEY: old })).rejects.toThrow('Nothing was touched');
    await expect(opened(namesIn)).rejects.toThrow('master.key is missing');
  });
});
