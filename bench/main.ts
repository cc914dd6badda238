import { tmpdir } from 'node:os';
import { churnBenches } from './churn/churn.js';
import { clockBenches } from './clocks.js';
import { commandBenches } from './commands.js';
import { engineBenches, engineIds } from './engine/bench.js';
import { httpBenches } from './http.js';
import { peopleBenches } from './people.js';
import { privacyBenches } from './privacy.js';
import { diskMicroseconds, type Result } from './protocol.js';
import { reactionBenches } from './reactions.js';
import { largeBenches } from './store/large.js';
import { storeBenches, storeIds } from './store/store.js';
import { timeBenches } from './time.js';

/** What can be asked for, and what answers it. */
const benches: readonly Readonly<{
  ids: readonly string[];
  run: (ids: readonly string[], large: boolean) => Promise<readonly Result[]>;
}>[] = [
  { ids: ['P8', 'P10'], run: commandBenches },
  { ids: ['P9'], run: httpBenches },
  { ids: ['P13', 'P14'], run: privacyBenches },
  { ids: ['erasure', 'blind-look-up'], run: peopleBenches },
  { ids: ['sla-recount'], run: clockBenches },
  { ids: engineIds, run: engineBenches },
  { ids: ['deadlines', 'days'], run: timeBenches },
  { ids: ['reactions'], run: reactionBenches },
  { ids: ['churn'], run: () => churnBenches((text) => process.stderr.write(`${text}\n`)) },
  {
    ids: storeIds,
    run: async (ids, large) => [
      ...(await storeBenches(ids)),
      ...(large ? await largeBenches(10_000_000, (text) => process.stderr.write(`${text}\n`)) : []),
    ],
  },
];

const known = benches.flatMap(({ ids }) => ids);
const words = process.argv.slice(2);
const asked = words.filter((word) => word !== '--json' && word !== '--large');
const asJson = words.includes('--json');
const large = words.includes('--large');
const unknown = asked.filter((id) => !known.includes(id));
const usage = `npm run bench -- [benchmark …] [--json] [--large]
There are ${known.join(', ')}; for example npm run bench -- P8, with --large for ten million events
`;
if (asked.includes('--help') || asked.includes('-h')) {
  process.stdout.write(usage);
  process.exit(0);
}
if (unknown.length > 0) {
  process.stderr.write(`no such benchmark: ${unknown.join(', ')}\n${usage}`);
  process.exit(2);
}

process.stderr.write(`calibration: fdatasync of 4 kB takes ${Math.round(await diskMicroseconds(tmpdir()))} µs\n`);

let missed = 0;
for (const { ids, run } of benches) {
  const wanted = asked.length === 0 ? ids : ids.filter((id) => asked.includes(id));
  if (wanted.length === 0) continue;
  for (const result of await run(wanted, large)) {
    const holds = result.ratio >= result.floor;
    if (!holds) missed++;
    process.stdout.write(`${asJson ? JSON.stringify(result) : lineOf(result, holds)}\n`);
  }
}
process.exit(missed > 0 ? 1 : 0);

function lineOf({ id, ratio, low, high, floor, goal, unit, durability, notes, raw }: Result, holds: boolean): string {
  const figures = `${ratio.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)}) ${unit}, floor ${shown(floor)}, goal ${shown(goal)}`;
  const list = raw?.map((one) => [one].flat().map(shown).join('/')).join(' ');
  return `${id} ${holds ? 'holds' : 'MISSES ITS FLOOR'}: ${figures}; ${notes}; ${durability}${list ? `\n  raw: ${list}` : ''}`;
}

function shown(figure: number): string {
  return String(figure >= 100 ? Math.round(figure) : Number(figure.toPrecision(3)));
}
