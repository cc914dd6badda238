import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '#application';
import { callback } from '#domain';
import type { Fact } from '#kernel';
import { announcements, runReactions } from '#system';
import { Installation } from './installation.js';
import { metaOf } from './meta.js';
import { inTurn, medianOf, type Result, rateOf, ratioOf } from './protocol.js';

const COUNT = 4000;
const AT_ONCE = 64;
const DURABILITY =
  'fdatasync before every acknowledgement of the event store; intents without waiting for PostgreSQL’s disk';
const REACTION = 'when-another-call-agreed-then-request-callback';
const WITHIN_MS = 120_000;

/** So many commands that reactions ask for a second, from the fact in the log to the note that it is done, against as many said plainly. */
export const reactionBenches = async (): Promise<readonly Result[]> => {
  const installation = await Installation.begin();
  const { session, core } = installation;
  const { store, clock, sql } = session;
  const requester = newId();
  const window = { from: clock.now(), to: new Date(Date.parse(clock.now()) + 86_400_000).toISOString() };
  const promised = (): Fact => ({
    ...{ id: newId(), type: 'CallbackCompleted', data: { topic: 'invoice', late: false, callAgain: window } },
    ...{ meta: metaOf(newId()), customers: [{ id: requester, role: 'requester' }] },
  });

  const doneSoFar = async () => {
    const [row] = await sql<{ done: bigint }>('select done from reactions where name = $1', [REACTION]);
    if (!row) throw new Error(`there is no reaction ${REACTION}`);
    return row.done;
  };

  /** Runs the reactions until so many of the one are done and all have heard everything. @returns the seconds that took */
  const reacted = async (done: bigint): Promise<number> => {
    const head = (await store.head()) as bigint;
    const stop = new AbortController();
    const began = performance.now();
    const running = runReactions(session, core.decide, stop.signal);
    const isOver = async () => {
      if ((await doneSoFar()) < done) return false;
      const [behind] = await sql(
        'select 1 from reactions where (position is null or position < $1) and name <> all($2)',
        [head, announcements.map(({ name }) => name)],
      );
      return !behind;
    };
    while (!(await isOver())) {
      if (performance.now() - began > WITHIN_MS) throw new Error('the reactions do not come to an end');
      await pause(5);
    }
    const seconds = (performance.now() - began) / 1000;
    stop.abort();
    await running;
    return seconds;
  };
  const ours = async () => {
    const before = await doneSoFar();
    await reacted(before); // what the other side has recorded is heard first
    await rateOf(COUNT, AT_ONCE, () => store.append(`callback-${newId()}`, -1n, [promised()]));
    return COUNT / (await reacted(before + BigInt(COUNT)));
  };
  const data = { requester, topic: 'invoice', windows: [window] };
  const theirs = () => rateOf(COUNT, AT_ONCE, () => installation.say(callback, 'RequestCallback', data));
  try {
    const rates = await inTurn({ ours, theirs });
    const [mine, plain] = [0, 1].map((side) => Math.round(medianOf(rates.map((pair) => pair[side] as number))));
    const notes = `${mine} reactions a second against ${plain} plain commands, ${COUNT} a run, each to a stream of its own`;
    const figures = { floor: 0.5, goal: 0.7, unit: 'ratio of rates', durability: DURABILITY, notes, raw: rates };
    return [{ id: 'reactions', ...ratioOf(rates), ...figures }];
  } finally {
    await installation.end();
  }
};
