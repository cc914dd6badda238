import { existsSync } from 'node:fs';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const rootFrom = (folder: string): string =>
  existsSync(join(folder, 'nest-cli.json')) ? folder : rootFrom(dirname(folder));

/** The folder of this installation: where package.json, the page and the samples lie. */
export const root = rootFrom(dirname(fileURLToPath(import.meta.url)));

export const placeOf = (path: string): string => join(root, path);

/** The compiled file of a source file, for a process of its own. */
export const programOf = (source: string): string => join(root, 'dist', source.replace(/\.ts$/, '.js'));

/** Makes a folder and those above it, for its owner only. Node's own `recursive` never returns where nothing can be made, such as in /proc. */
export const makeFolder = async (folder: string): Promise<void> => {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder));
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error; // another process made it a moment ago
  });
};

/** A file of secrets, for its owner only: whole or not at all, on disk, and the same for all who make it at once. */
export const makeOnce = async (path: string, content: () => string): Promise<string> => {
  await makeFolder(dirname(path));
  const draft = `${path}.${process.pid}`;
  if (!existsSync(path)) {
    await writeFile(draft, content(), { mode: 0o600, flush: true });
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error; // another process made it a moment ago
    });
    await rm(draft);
  }
  return readFile(path, 'utf8');
};
