import { readdirSync, readFileSync } from 'node:fs';
import { eventClasses, KINDS, policy, slices } from '#domain';
import type { Class } from '#kernel';
import { CATALOGUE_FILE, type CatalogueEntry } from '#system';
import { witness } from '#testing';
import { bodiesOf, type Contracts, contractsOf, type Steps } from './compatibility.js';
import { shapeIn, versionOf } from './contract.js';
import { lifecyclePage } from './lifecycle.js';
import { eventPages } from './pages.js';

export type File = Readonly<{ path: string; text: string }>;

const LANDED = 'docs/events/landed.json';
const DOMAIN = 'libs/domain/src';

/** What is generated from the catalogue, as it should stand. */
export const filesOf = (entries: readonly CatalogueEntry[]): readonly File[] => [
  { path: CATALOGUE_FILE, text: `${JSON.stringify({ events: entries }, null, 1)}\n` },
  { path: LANDED, text: linePerEvent(today()) },
  ...eventPages(entries),
  { path: 'docs/lifecycle.md', text: lifecyclePage(slices, witness.decided) },
];

export const today = (): Contracts => ({
  ...contractsOf(eventClasses, versionOf),
  ...bodiesOf(ruleBodies(), versionOf('PolicyPublished')),
});
/** The class of the rules of each kind. */
export const ruleBodies = (): Readonly<Record<string, Class>> =>
  Object.fromEntries(
    Object.entries<Class>(policy.commands).map(([command, shape]) => [
      KINDS[command as keyof typeof KINDS],
      shapeIn(shape, 'body') as Class,
    ]),
  );
export const landed = (): Contracts => JSON.parse(readFileSync(LANDED, 'utf8'));

/** Branches that each add an event then rarely touch the same line. */
const linePerEvent = (contracts: Contracts): string => {
  const lines = Object.entries(contracts).map(
    ([type, contract]) => `${JSON.stringify(type)}: ${JSON.stringify(contract)}`,
  );
  return `{\n${lines.join(',\n')}\n}\n`;
};

/** The steps between versions for which there is an upcaster, or a fossil. */
export const steps = (): Steps => ({
  upcasters: slices.flatMap(({ upcasters }) => Object.keys(upcasters)),
  fossils: readdirSync(DOMAIN, { encoding: 'utf8', recursive: true }).flatMap((file) => {
    const [, type, version] = /fossils.(\w+)\.v(\d+)\.json$/.exec(file) ?? [];
    return type ? [`${type}@${version}`] : [];
  }),
});
