import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const SETUP = resolve('bin/setup.mjs');
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'setup-spec-'));
  await write('package.json', {
    name: 'tiny',
    version: '1.0.0',
    engines: { node: '^20.19.0 || ^22.12.0 || >=24.0.0' },
    dependencies: { typescript: 'file:compiler' },
  });
  await lockOf('1.0.0');
  await write('libs/a.ts', 'export const a = 1;');
  await write('tsconfig.build.json', {});
  await write(
    'compiler/bin/tsc',
    `const { appendFileSync, existsSync, writeFileSync } = require('node:fs');
    appendFileSync('compiled', process.pid + '\\n');
    const finish = () => {
      if (existsSync('held')) return setTimeout(finish, 10);
      writeFileSync('dist/a.js', '');
      if (existsSync('libs/broken.ts')) { console.log('libs/broken.ts(1,1): error'); process.exit(2); }
    };
    finish();`,
  );
});
afterEach(() => rm(root, { recursive: true, force: true }));

const write = async (path: string, content: string | object) => {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
};
const lockOf = async (version: string) => {
  await write('compiler/package.json', { name: 'typescript', version });
  await write('package-lock.json', {
    name: 'tiny',
    version: '1.0.0',
    lockfileVersion: 3,
    packages: {
      '': { name: 'tiny', version: '1.0.0', dependencies: { typescript: 'file:compiler' } },
      compiler: { name: 'typescript', version },
      'node_modules/typescript': { resolved: 'compiler', link: true },
    },
  });
};
const compilations = async () =>
  existsSync(join(root, 'compiled')) ? (await readFile(join(root, 'compiled'), 'utf8')).trim().split('\n') : [];
const until = async (holds: () => Promise<boolean> | boolean) => {
  for (const deadline = performance.now() + 20_000; !(await holds()); await pause(10))
    if (performance.now() > deadline) throw new Error('It never happened');
};

type Options = { nodeVersion?: string; path?: string };
type Run = { child: ChildProcess; said(): string; ended: Promise<[number, string]> };
const begin = ({ path, ...options }: Options = {}): Run => {
  const script = `import { setUp } from ${JSON.stringify(SETUP)};
    const began = performance.now();
    await setUp(${JSON.stringify({ root, ...options })});
    console.log(performance.now() - began);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, ...(path && { PATH: [path, process.env.PATH].join(delimiter) }) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  return { child, said: () => said, ended: once(child, 'close').then(([code]) => [code, said]) };
};
const setUp = (options?: Options) => begin(options).ended;

const INSTALLS = 'touchline: installing the dependencies \\(npm ci\\) … \\d+\\.\\d s\\n';
const BUILDS = 'touchline: building \\(tsc\\) … \\d+\\.\\d s\\n';
const saying = (...lines: string[]) => expect.stringMatching(new RegExp(`^${lines.join('')}$`));

describe('setting up', () => {
  it('installs and builds a fresh clone, one line a step, and is then silent', async () => {
    expect(await setUp()).toEqual([0, saying(INSTALLS, BUILDS)]);
    expect(existsSync(join(root, 'node_modules/typescript/bin/tsc'))).toBe(true);
    expect(await setUp()).toEqual([0, '']);
  });

  it('builds again when a source changed, appeared or went, but not for a spec', async () => {
    await setUp();
    await write('libs/a.spec.ts', 'a spec');
    expect(await setUp()).toEqual([0, '']);
    await write('libs/b.ts', 'export const b = 1;');
    expect(await setUp()).toEqual([0, saying(BUILDS)]);
    await write('libs/b.ts', 'export const b = 22;');
    expect(await setUp()).toEqual([0, saying(BUILDS)]);
    await rm(join(root, 'libs/b.ts'));
    expect(await setUp()).toEqual([0, saying(BUILDS)]);
    await rm(join(root, 'dist'), { recursive: true });
    expect(await setUp()).toEqual([0, saying(BUILDS)]);
  });

  it('installs again when the lock file asks for another version or node_modules is gone', async () => {
    await setUp();
    await lockOf('2.0.0');
    expect(await setUp()).toEqual([0, saying(INSTALLS)]);
    expect(await setUp()).toEqual([0, '']);
    await rm(join(root, 'node_modules'), { recursive: true });
    expect(await setUp()).toEqual([0, saying(INSTALLS)]);
  });

  it('does not take a broken-off install for a finished one, and says what failed', async () => {
    await write('half/npm', '#!/bin/sh\nmkdir -p node_modules/typescript\necho the registry is away >&2\nexit 7\n');
    await promisify(execFile)('chmod', ['755', join(root, 'half/npm')]);
    const [code, said] = await setUp({ path: join(root, 'half') });
    expect(code).toBe(1);
    expect(said).toMatch(/failed after .* s\nthe registry is away\ninstalling the dependencies .*: exit code 7\nCheck/);
    expect(await setUp()).toEqual([0, saying(INSTALLS, BUILDS)]);
  });

  it('says what is wrong in the sources and builds again when it is corrected', async () => {
    await write('libs/broken.ts', '');
    const [code, said] = await setUp();
    expect(code).toBe(1);
    expect(said).toMatch(/libs\/broken\.ts\(1,1\): error\nbuilding \(tsc\) failed: exit code 2\nCorrect the sources/);
    expect((await setUp())[0]).toBe(1);
    await rm(join(root, 'libs/broken.ts'));
    expect(await setUp()).toEqual([0, saying(BUILDS)]);
  });

  it('is done once by processes that start together', async () => {
    const all = await Promise.all([setUp(), setUp(), setUp()]);
    expect(all.map(([code]) => code)).toEqual([0, 0, 0]);
    expect(await compilations()).toHaveLength(1);
    const said = all.map(([, words]) => words).sort((a, b) => a.length - b.length);
    expect(said.filter((words) => new RegExp(`^${INSTALLS}${BUILDS}$`).test(words))).toHaveLength(1);
  });

  it('is taken over from a process that was killed, when the compiler it left behind has ended', async () => {
    await write('held', '');
    const first = begin();
    await until(async () => (await compilations()).length === 1);
    first.child.kill('SIGKILL');
    const second = begin();
    const [compiler] = await compilations();
    await until(() => second.said().includes('waiting'));
    expect(await compilations()).toEqual([compiler]);
    await rm(join(root, 'held'));
    expect(await second.ended).toEqual([0, saying(`touchline: waiting for process ${compiler}, .*\\n`, BUILDS)]);
    expect(await compilations()).toHaveLength(2);
  });

  it('is taken over at once when nothing of the killed process lives, by one of many', async () => {
    await write('held', '');
    const first = begin();
    await until(async () => (await compilations()).length === 1);
    first.child.kill('SIGKILL');
    process.kill(Number((await compilations())[0]), 'SIGKILL');
    await rm(join(root, 'held'));
    const all = await Promise.all([setUp(), setUp(), setUp(), setUp()]);
    expect(all.map(([code]) => code)).toEqual([0, 0, 0, 0]);
    expect(await compilations()).toHaveLength(2);
  });

  it.each(['20.19.0', '20.20.2', '22.12.0', '24.0.0', '26.1.0'])('accepts Node %s', async (nodeVersion) => {
    expect((await setUp({ nodeVersion }))[0]).toBe(0);
  });

  it.each(['18.20.4', '20.18.3', '21.7.0', '22.11.0', '23.9.0'])('refuses Node %s', async (nodeVersion) => {
    const [code, said] = await setUp({ nodeVersion });
    expect(code).toBe(1);
    expect(said).toContain(`needs Node ^20.19.0 || ^22.12.0 || >=24.0.0, and this is ${nodeVersion}`);
    expect(existsSync(join(root, 'node_modules'))).toBe(false);
  });
});

describe('the lock file', () => {
  const fill = async (file: string) =>
    (await promisify(execFile)(process.execPath, [resolve('bin/fill-lock.mjs'), file])).stderr;

  it('holds an entry for every platform, so that npm ci accepts it on each', async () => {
    const copy = join(root, 'lock.json');
    await copyFile('package-lock.json', copy);
    expect(await fill(copy)).toContain(': 0 platform packages added');
    const lock = JSON.parse(await readFile(copy, 'utf8'));
    delete lock.packages['node_modules/@swc/core-darwin-arm64'];
    await writeFile(copy, JSON.stringify(lock));
    expect(await fill(copy)).toContain(': 1 platform packages added');
    expect(JSON.parse(await readFile(copy, 'utf8')).packages['node_modules/@swc/core-darwin-arm64']).toMatchObject({
      optional: true,
      os: ['darwin'],
      cpu: ['arm64'],
    });
  });
});
