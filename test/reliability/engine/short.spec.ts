import type { Figure } from '../figure.js';
import { projectorFrozen } from './frozen.js';
import { projectorKilled } from './killed.js';
import { poisoned } from './poison.js';
import { commitsLost, connectionsTerminated } from './postgres.js';
import { rebuiltUnderWrites } from './rebuilt.js';
import { storeRestarted, storeSilent } from './store.js';
import { databaseSlow, tenTimesAsLong } from './volume.js';

/** What `npm run test:reliability` does to the projector, in short. Projectors run from `dist`. */
describe('the views are what a fold from the first fact gives', () => {
  jest.setTimeout(180_000);
  const seed = 7;

  it.each<[string, () => Promise<Figure>]>([
    ['when the projector is killed', () => projectorKilled({ seed, kills: 11 })],
    ['when PostgreSQL ends connections', () => connectionsTerminated({ seed, terminations: 8, restarts: 1 })],
    ['when COMMITs and their replies get lost', () => commitsLost({ seed, replies: 6, commits: 3 })],
    ['when the event store restarts', () => storeRestarted({ seed, times: 2, leastMs: 200, mostMs: 1_200 })],
    ['when the event store is a black hole', () => storeSilent({ seed, times: 1, leastMs: 2_000, mostMs: 3_000 })],
    ['when facts cannot be folded', () => poisoned({ seed, events: 600, percent: 10 })],
    ['when PostgreSQL is slow', () => databaseSlow({ seed, seconds: 3, delayMs: 25, backlog: 6_400 })],
    ['when there is more to fold', () => tenTimesAsLong({ seed, small: 6_400, large: 19_200 })],
    ['when a projector is frozen', () => projectorFrozen({ seed, inABatch: 2, longer: 0 })],
    ['when they are rebuilt under writes', () => rebuiltUnderWrites({ seed, times: 2, events: 1_000 })],
  ])('%s', async (_, test) => {
    const figure = await test();
    process.stdout.write(`${figure.id}: ${figure.volume}; ${figure.seconds} s, seed ${figure.seed}\n`);
    expect(figure).toMatchObject({ lost: 0, doubled: 0, differing: 0, holds: true });
  });

  it.each<[string, () => Promise<Figure>]>([
    ['a checkpoint before its rows', () => projectorKilled({ seed, kills: 2, bug: 'checkpoint first' })],
    ['a checkpoint after its rows', () => commitsLost({ seed, replies: 1, commits: 0, bug: 'checkpoint last' })],
    ['a process that ends', () => connectionsTerminated({ seed, terminations: 6, restarts: 0, givesUp: true })],
    [
      'a log that is followed from its head',
      () => storeRestarted({ seed, times: 2, leastMs: 200, mostMs: 400, logBug: 'begins at the head' }),
    ],
    ['a row released early', () => poisoned({ seed, events: 400, percent: 10, bug: 'held rows are forgotten' })],
    ['an order swapped', () => poisoned({ seed, events: 400, percent: 10, bug: 'what waited is folded backwards' })],
    ['memory that grows', () => tenTimesAsLong({ seed, small: 1_000, large: 4_000, logBug: 'lets nothing go' })],
    ['a fence that is missing', () => projectorFrozen({ seed, inABatch: 1, longer: 0, bug: 'no fence' })],
    ['a swap in two steps', () => rebuiltUnderWrites({ seed, times: 1, events: 500, bug: 'two transactions' })],
  ])('would notice %s', async (_, test) => {
    expect((await test()).holds).toBe(false);
  });
});
