import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { placeOf } from '#system';
import type { Mapping } from './mapping.js';
import { parseMapping } from './mapping-text.js';
import { ImportProblem } from './words.js';

const SAMPLES = placeOf('samples');
const FILE_NAME = 'mapping.yaml';

/** The mapping of a name that ships (`online-retail`), or in a JSON or YAML file. Throws `ImportProblem`, with a pointer to each fault. */
export const loadMapping = (nameOrPath: string): Mapping => {
  const path = shipped().includes(nameOrPath) ? join(SAMPLES, nameOrPath, FILE_NAME) : nameOrPath;
  if (!isFile(path)) throw new ImportProblem('mapping-missing', { name: nameOrPath, shipped: shipped().join(', ') });
  return parseMapping(readFileSync(path, 'utf8'), nameOrPath);
};

const shipped = () => readdirSync(SAMPLES).filter((name) => isFile(join(SAMPLES, name, FILE_NAME)));
const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
