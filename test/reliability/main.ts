import { parseArgs } from 'node:util';
import { diskAndClock } from '../../libs/event-store-embedded/test/disk-and-clock.js';
import { damageFiles, killUnderWriters } from '../../libs/event-store-embedded/test/faults.js';
import { fittingRequests, hostileRequests } from './attacks.js';
import { deadlinesKilled } from './deadlines.js';
import { projectorFrozen } from './engine/frozen.js';
import { projectorKilled } from './engine/killed.js';
import { poisoned } from './engine/poison.js';
import { commitsLost, connectionsTerminated } from './engine/postgres.js';
import { rebuiltUnderWrites } from './engine/rebuilt.js';
import { storeRestarted, storeSilent } from './engine/store.js';
import { databaseSlow, tenTimesAsLong } from './engine/volume.js';
import { erasureKilled } from './erase.js';
import type { Figure } from './figure.js';
import { anythingKilled, apiKilled } from './kills.js';
import { racersLogIn } from './logins.js';
import { racersCreate } from './races.js';
import { reactionsKilled } from './reactions.js';
import { repeatedAtOnce } from './repeats.js';
import { storeFallsSilent, storeRestarts } from './store-away.js';

/** A log of ten million facts takes an hour to write and to fold: only where it is asked for. */
const SCALE = process.argv.includes('--large') ? 1 : 10;

/** Every test there is, at its full volume. */
const tests: Readonly<Record<string, (seed: number) => Promise<Figure>>> = {
  R1: (seed) => projectorKilled({ seed, kills: 200 }),
  R2: (seed) => apiKilled({ seed, kills: 200, clients: 16 }),
  R3: (seed) => connectionsTerminated({ seed, terminations: 100, restarts: 10 }),
  R4: (seed) => commitsLost({ seed, replies: 50, commits: 25 }),
  R5: (seed) => storeRestarted({ seed, times: 20, leastMs: 1_000, mostMs: 30_000 }),
  R6: (seed) => storeSilent({ seed, times: 20, leastMs: 1_000, mostMs: 30_000 }),
  R7: (seed) => repeatedAtOnce({ seed, commands: 10_000 }),
  R8: (seed) => racersCreate({ seed, rounds: 1000 }),
  R9: (seed) => racersLogIn({ seed, rounds: 500, killed: 5 }),
  R11: (seed) => poisoned({ seed, events: 100_000, percent: 1 }),
  'R11-10': (seed) => poisoned({ seed, events: 100_000, percent: 10 }),
  R13: (seed) => databaseSlow({ seed, seconds: 600, delayMs: 25, backlog: 100_000 }),
  R14: (seed) => tenTimesAsLong({ seed, small: 1_000_000 / SCALE, large: 10_000_000 / SCALE }),
  R17: (seed) => projectorFrozen({ seed, inABatch: 70, longer: 30 }),
  R18: (seed) => rebuiltUnderWrites({ seed, times: 20, events: 20_000 }),
  R20: (seed) => fittingRequests({ seed, cases: 50_000 }),
  R21: (seed) => hostileRequests({ seed, cases: 50_000 }),
  erase: (seed) => erasureKilled({ seed, kills: 80 }),
  deadlines: (seed) => deadlinesKilled({ seed, kills: 100, callbacks: 5 }),
  reactions: (seed) => reactionsKilled({ seed, kills: 100, clients: 8 }),
  any: (seed) => anythingKilled({ seed, kills: 20, clients: 8 }),
  'R5-store': (seed) => storeRestarts({ seed, times: 20, writers: 16, fromMs: 1_000, toMs: 30_000 }),
  'R6-store': (seed) => storeFallsSilent({ seed, times: 20, writers: 16, fromMs: 1_000, toMs: 12_000 }),
  R15: (seed) => diskAndClock({ seed, fills: 5, jumps: 10, writers: 16, lastsMs: 3_000 }),
  store: (seed) => killUnderWriters({ seed, kills: 200, writers: 64 }),
  bits: (seed) => damageFiles({ seed, flips: 1000, truncations: 200 }),
};

const usage = `npm run test:reliability -- [test …] [--seed <n>] [--json] [--large]
There are ${Object.keys(tests).join(', ')}; for example npm run test:reliability -- R2 --seed 7
`;

const read = () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      large: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const unknown = positionals.filter((id) => !Object.hasOwn(tests, id));
  if (unknown.length > 0) throw new Error(`no such test: ${unknown.join(', ')}`);
  if (!/^\d+$/.test(values.seed)) throw new Error(`--seed must be a whole number, not ${values.seed}`);
  return { values, positionals };
};

const told = (): ReturnType<typeof read> => {
  try {
    return read();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${usage}`);
    return process.exit(2);
  }
};

const { values, positionals } = told();
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}

let broken = 0;
for (const id of positionals.length > 0 ? positionals : Object.keys(tests)) {
  const figure = await (tests[id] as (seed: number) => Promise<Figure>)(Number(values.seed));
  if (!figure.holds) broken++;
  const { holds, volume, lost, doubled, differing, seconds, seed } = figure;
  const text = `${id} ${holds ? 'holds' : 'DOES NOT HOLD'}: ${volume}; lost ${lost}, doubled ${doubled}, differing ${differing}; ${seconds} s, seed ${seed}`;
  process.stdout.write(`${values.json ? JSON.stringify(figure) : text}\n`);
}
process.exit(broken > 0 ? 1 : 0);
