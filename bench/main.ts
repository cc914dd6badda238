import { churnBenches } from './churn/churn.js';
import { commandBenches } from './commands.js';
import { engineBenches, engineIds } from './engine/bench.js';
import { httpBenches } from './http.js';
import { peopleBenches } from './people.js';
import { privacyBenches } from './privacy.js';
import type { Result } from './protocol.js';
import { LARGE, largeBenches } from './store/large.js';
import { storeBenches, storeIds } from './store/store.js';

/** What can be asked for, and what answers it. */
const benches: readonly Readonly<{
  ids: readonly string[];
  run: (ids: readonly string[]) => Promise<readonly Result[]>;
  /** Takes so long that nobody gets it without asking. */
  onlyAsked?: true;
}>[] = [
  { ids: ['P8', 'P10'], run: commandBenches },
  { ids: ['P9'], run: httpBenches },
  { ids: ['P13', 'P14'], run: privacyBenches },
  { ids: ['erasure', 'blind-look-up'], run: peopleBenches },
  { ids: engineIds, run: engineBenches },
  { ids: ['churn'], run: () => churnBenches((text) => process.stderr.write(`${text}\n`)) },
  { ids: storeIds, run: storeBenches },
  {
    ids: [LARGE],
    run: () => largeBenches(10_000_000, (text) => process.stderr.write(`${text}\n`)),
    onlyAsked: true,
  },
];

const known = benches.flatMap(({ ids }) => ids);
const words = process.argv.slice(2).map((word) => (word === '--large' ? LARGE : word));
const asked = words.filter((word) => word !== '--json');
const asJson = words.includes('--json');
const unknown = asked.filter((id) => !known.includes(id));
if (unknown.length > 0) {
  process.stderr.write(
    `no such benchmark: ${unknown.join(', ')}. There are ${known.join(', ')}; for example npm run bench -- P8\n`,
  );
  process.exit(2);
}

let missed = 0;
for (const { ids, run, onlyAsked = false } of benches) {
  const wanted = asked.length === 0 && !onlyAsked ? ids : ids.filter((id) => asked.includes(id));
  if (wanted.length === 0) continue;
  for (const result of await run(wanted)) {
    const holds = result.ratio >= result.floor;
    if (!holds) missed++;
    process.stdout.write(`${asJson ? JSON.stringify(result) : lineOf(result, holds)}\n`);
  }
}
process.exit(missed > 0 ? 1 : 0);

function lineOf({ id, ratio, low, high, floor, goal, unit, durability, notes }: Result, holds: boolean): string {
  const figures = `${ratio.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)}) ${unit}, floor ${floor}, goal ${goal}`;
  return `${id} ${holds ? 'holds' : 'MISSES ITS FLOOR'}: ${figures}; ${notes}; ${durability}`;
}
