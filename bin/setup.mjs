// Makes a fresh clone ready to run: the right Node, the dependencies of the lock file, a build of the sources.
// Needs nothing but Node itself. `node bin/setup.mjs` or `await setUp()`.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { takeTurn } from './turn.mjs';

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCES = /(?<!\.spec)\.(ts|mts|cts|tsx|json)$/;

/**
 * Installs when node_modules is not what the lock file says, builds when sources changed since the last finished
 * build, and says so in one line a step on stderr; silent when there is nothing to do. Processes take turns.
 * What fails is explained on stderr and ends this process with exit code 1.
 * @param {{ root?: string, nodeVersion?: string }} [options] the project's folder, and the Node version to judge
 */
export const setUp = async ({ root = PROJECT, nodeVersion = process.versions.node } = {}) => {
  try {
    checkNode(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines?.node, nodeVersion);
    if (isInstalled(root) && isBuilt(root)) return;
    const turn = await takeTurn(join(root, 'dist', '.turns'), say);
    try {
      if (!isInstalled(root)) await install(root, turn);
      if (!isBuilt(root)) await build(root, turn);
    } finally {
      turn.end();
    }
  } catch (error) {
    // An error of the operating system, such as a read-only folder, explains itself.
    if (!(error instanceof Failure) && !error.code) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
};

class Failure extends Error {}

const say = (text) => process.stderr.write(`touchline: ${text}`);

/** Understands ranges such as `^20.19.0 || >=24.0.0`. */
const checkNode = (engines, version) => {
  const fits = (range) => {
    const wanted = range.replace(/^\D+/, '').split('.').map(Number);
    const actual = version.split('.').map((part) => Number.parseInt(part, 10));
    const difference = wanted.map((part, index) => actual[index] - part).find((step) => step !== 0) ?? 0;
    return difference >= 0 && (range.startsWith('>=') || wanted[0] === actual[0]);
  };
  if (!engines || engines.split('||').some((range) => fits(range.trim()))) return;
  throw new Failure(
    `touchline: needs Node ${engines}, and this is ${version} (${process.execPath}).\nInstall a newer one, such as the LTS version from https://nodejs.org, and run the same command again.`,
  );
};

/** npm writes node_modules/.package-lock.json last, so a half-finished install has none. */
const isInstalled = (root) => {
  const file = installedLock(root);
  if (!existsSync(file)) return false;
  const installed = JSON.parse(readFileSync(file, 'utf8')).packages;
  const { packages: wanted } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(wanted).every(
    ([place, { version, optional }]) =>
      place === '' || (installed[place] ? installed[place].version === version : optional === true),
  );
};

const installedLock = (root) => join(root, 'node_modules', '.package-lock.json');

const install = (root, turn) => {
  rmSync(installedLock(root), { force: true });
  // A production environment leaves out the compiler, and a global setting the database's programs.
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--prefix', root];
  return step(turn, {
    says: 'installing the dependencies (npm ci)',
    command: 'npm',
    args,
    root,
    advice: `Check the connection to the npm registry, then run the same command again, or \`npm ci\` to see more.`,
  });
};

const stampOf = (root) => join(root, 'dist', '.built');
const isBuilt = (root) => existsSync(stampOf(root)) && readFileSync(stampOf(root), 'utf8') === fingerprint(root);

/** Which sources there are, how long they are and when they were changed. */
const fingerprint = (root) => {
  const hash = createHash('sha256');
  const add = (path) => {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path.slice(root.length)} ${size} ${mtimeMs}\n`);
  };
  const settings = readdirSync(root).filter((name) => /^(tsconfig.*|package)\.json$/.test(name));
  for (const name of settings.sort()) add(join(root, name));
  for (const path of ['apps', 'libs', 'bench', 'test/contracts', 'test/reliability'].flatMap((folder) =>
    sourcesIn(join(root, folder)),
  ))
    add(path);
  return hash.digest('hex');
};

const sourcesIn = (folder) =>
  !existsSync(folder)
    ? []
    : readdirSync(folder, { withFileTypes: true })
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap((entry) => {
          if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourcesIn(join(folder, entry.name));
          return SOURCES.test(entry.name) ? [join(folder, entry.name)] : [];
        });

const build = async (root, turn) => {
  // Taken first: what is saved while the compiler runs is built next time.
  const sources = fingerprint(root);
  // Without the stamp the last build did not end, and what the compiler remembers of it cannot be trusted.
  if (!existsSync(stampOf(root))) rmSync(join(root, 'dist', '.tsbuildinfo'), { force: true });
  rmSync(stampOf(root), { force: true });
  await step(turn, {
    says: 'building (tsc)',
    command: process.execPath,
    args: [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', join(root, 'tsconfig.build.json')],
    root,
    advice: 'Correct the sources, then run the same command again.',
  });
  writeFileSync(stampOf(root), sources);
};

const step = async (turn, { says, command, args, root, advice }) => {
  const began = performance.now();
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  say(`${says} … `);
  const { fault, output } = await run(turn, command, args, root);
  process.stderr.write(fault ? `failed after ${seconds()}\n` : `${seconds()}\n`);
  if (fault)
    throw new Failure(`${output.trim().split('\n').slice(-30).join('\n')}\n${says} failed: ${fault}\n${advice}`);
};

const run = (turn, command, args, cwd) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    if (child.pid) turn.sharedWith(child.pid);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
      });
    child.on('error', ({ message }) => resolve({ fault: message, output }));
    child.on('close', (code, signal) =>
      resolve({ fault: code === 0 ? undefined : `${signal ?? `exit code ${code}`}`, output }),
    );
  });

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await setUp();
