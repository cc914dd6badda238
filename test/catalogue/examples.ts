import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const DOMAIN = 'libs/domain/src';
/** Beside the specifications of the slices: where the facts of the company are told. */
const OTHERS = [
  'libs/read-models/src/company.context.spec.ts',
  'libs/application/src/said-before.spec.ts',
  'libs/read-models/test/stories.ts',
];

/** The specifications of the slices: those that say `specification(`. */
export const specifications = (): readonly string[] =>
  readdirSync(DOMAIN, { encoding: 'utf8', recursive: true })
    .filter((file) => file.endsWith('.spec.ts'))
    .map((file) => join(DOMAIN, file))
    .filter((file) => readFileSync(file, 'utf8').includes('specification('))
    .sort();

/** Makes their cases cases of the file that calls this: they run before what it says afterwards, and the kits see what holds. */
export const runExamples = (): void => {
  for (const file of [...specifications(), ...OTHERS]) jest.requireActual(resolve(file));
};
