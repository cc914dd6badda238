import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const rootFrom = (folder: string): string =>
  existsSync(join(folder, 'nest-cli.json')) ? folder : rootFrom(dirname(folder));

/** The folder of this installation: where package.json, the page and the samples lie. */
export const root = rootFrom(dirname(fileURLToPath(import.meta.url)));

export const placeOf = (path: string): string => join(root, path);

/** The compiled file of a source file, for a process of its own. */
export const programOf = (source: string): string => join(root, 'dist', source.replace(/\.ts$/, '.js'));
