import { createHash } from 'node:crypto';
import { chown, lstat, mkdir, mkdtemp, readlink, realpath, rmdir, stat, symlink, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { type Account, explain, run } from './run.js';

export const PORT = 5432;
/** `sun_path` holds 104 bytes on macOS and 108 on Linux, with the final NUL. */
const LONGEST_SOCKET_PATH = 103;

/** Where a cluster lives and who runs it. `home` has no links in its path. */
export type Lodging = { readonly home: string; readonly data: string; readonly account: Account };

/**
 * The cluster's home is `<folder>/cluster`. PostgreSQL refuses to run as root; when the user that root becomes for it
 * cannot walk into the folder, `cluster` is a link to a home elsewhere, made once and followed ever after.
 */
export const lodgingIn = async (folder: string, log: (message: string) => void): Promise<Lodging> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const place = join(folder, 'cluster');
  const account = await accountFor(join(place, 'data'));
  if (await isBrokenLink(place)) {
    log(`The PostgreSQL data that ${place} points to is gone: starting with an empty database`);
    await unlink(place);
  }
  if (!(await isThere(place))) await makeHome(place, account);
  const home = await realpath(place);
  await give(home, account);
  return { home, data: join(home, 'data'), account };
};

/** Where the server's socket goes: its data folder, unless that makes the path too long for the operating system. */
export const socketFolderFor = async ({ data, account }: Lodging): Promise<string> => {
  if (Buffer.byteLength(join(data, `.s.PGSQL.${PORT}`)) <= LONGEST_SOCKET_PATH) return data;
  const name = `touchline-${createHash('sha256').update(data).digest('hex').slice(0, 16)}`;
  const folder = join(Buffer.byteLength(tmpdir()) < 60 ? tmpdir() : '/tmp', name);
  await mkdir(folder, { mode: 0o700 }).catch(unlessThere);
  const { uid, mode } = await lstat(folder);
  // Anyone may make a folder of this name first, and would then hold our database's door.
  if (![account.uid, process.getuid?.()].includes(uid) || (mode & 0o170077) !== 0o040000)
    throw new Error(`${folder} must be a folder that only the user who runs PostgreSQL can enter: remove it`);
  await give(folder, account);
  return folder;
};

const makeHome = async (place: string, account: Account): Promise<void> => {
  const above = join(place, '..');
  if (account.uid === undefined || (await reaches(account, above)))
    return mkdir(place, { mode: 0o700 }).catch(unlessThere);
  const elsewhere = await mkdtemp(join(await roomElsewhere(above, account), 'touchline-'));
  await give(elsewhere, account);
  await symlink(elsewhere, place).catch(async (error) => {
    await rmdir(elsewhere);
    unlessThere(error);
  });
};

/** A home lasts as long as the folder it stands in for: nothing below the temporary folder outlives a restart. */
const roomElsewhere = async (folder: string, account: Account): Promise<string> => {
  const temporary = await realpath(tmpdir());
  const fleeting = `${await realpath(folder)}${sep}`.startsWith(`${temporary}${sep}`);
  for (const room of fleeting ? [temporary, '/var/tmp'] : ['/var/lib', '/var/tmp', temporary])
    if (await reaches(account, room)) return room;
  throw new Error(
    `User ${account.uid}, who runs PostgreSQL for root, can enter neither ${folder} nor /var/lib nor /tmp`,
  );
};

/** Root becomes the owner of the data, at first `postgres` or `nobody`; anyone else stays who they are. */
const accountFor = async (data: string): Promise<Account> => {
  if (process.getuid?.() !== 0) return {};
  const account = (await isThere(data)) ? await stat(data) : await unprivileged();
  const trial = await run('/bin/sh', ['-c', 'cd /'], { uid: account.uid, gid: account.gid, cwd: '/' });
  if (trial.code === 0) return { uid: account.uid, gid: account.gid };
  throw new Error(
    `PostgreSQL refuses to run as root, and becoming user ${account.uid} failed (${explain(trial)}). Run this as an ordinary user or set DATABASE_URL.`,
  );
};

const unprivileged = async (): Promise<Required<Account>> => {
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    if (uid.code === 0 && gid.code === 0) return { uid: Number(uid.output), gid: Number(gid.output) };
  }
  throw new Error('PostgreSQL refuses to run as root, and there is no user postgres or nobody: set DATABASE_URL');
};

/** Asked by walking there: a child's `cwd` is entered before it gives up being root. */
const reaches = async (account: Account, folder: string) =>
  (await run('/bin/sh', ['-c', 'cd "$0"', folder], { ...account, cwd: '/' })).code === 0;

const give = async (folder: string, { uid, gid }: Account): Promise<void> => {
  if (uid !== undefined && gid !== undefined) await chown(folder, uid, gid);
};

const unlessThere = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EEXIST') throw error;
};

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );

const isBrokenLink = async (path: string): Promise<boolean> => {
  const isLink = await readlink(path).then(
    () => true,
    () => false,
  );
  return isLink && !(await isThere(path));
};
