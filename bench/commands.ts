import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import { Decide, DecideHandler, freeForAll, idFrom, newId } from '#application';
import { callback } from '#domain';
import { type EventStoreDb, openEventStore } from '#event-store';
import { type Fact, isRejection } from '#kernel';
import { eventShapes, loggerFor, machineClock, StreamedPolicies, startStoreProcess } from '#system';
import { someFingerprints, unsealed } from '#testing';
import { metaOf } from './meta.js';
import { inTurn, medianOf, type Result, rateOf, ratioOf } from './protocol.js';

const COUNT = 6000;
const AT_ONCE = 64;
const DURABILITY = 'fdatasync before every acknowledgement, embedded store in its own process, loopback';

const company = { zone: 'UTC', currency: 'EUR', vertical: 'retail' };
const requester = newId();
const data = {
  requester,
  topic: 'invoice',
  zone: 'UTC',
  windows: [{ from: '2026-03-01T09:00:00.000Z', to: '2099-03-01T11:00:00.000Z' }],
};

/** Rules that never say no, whatever the hour: each command reads them, none is refused. */
const publishRules = (store: EventStoreDb, id: string) => {
  const quietHours = { from: '00:00', to: '00:00' };
  const body = { quietHours, maxAttempts: 1000, hoursApart: 0, mostADay: 1000, expiryHours: 72 };
  const rules = { kind: 'callback', id: 'default', version: 1, effectiveFrom: '1970-01-01T00:00:00.000Z', body };
  return store.append('policy-callback.default', -1n, [
    { id: idFrom(id, 'rules'), type: 'PolicyPublished', data: rules, meta: metaOf(id), customers: [] },
  ]);
};

/** P10: our append against the client's own. P8: a whole command (load, decide, append) against the client's append. */
export const commandBenches = async (wanted: readonly string[]): Promise<readonly Result[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'touchline-bench-'));
  const { url, child } = await startStoreProcess(folder, 0, loggerFor('bench', 'warn'));
  const raw = EventStoreDBClient.connectionString(url);
  const store = openEventStore(url, { shapes: eventShapes, sealing: unsealed }, machineClock);
  const log = { logId: newId(), secret: Buffer.alloc(32, 7), company };
  await publishRules(store, log.logId);
  const handler = new DecideHandler(store, new StreamedPolicies(store), log, freeForAll, someFingerprints);

  const requested = (id: string): Fact => ({
    id: idFrom(id, 0),
    type: 'CallbackRequested',
    data,
    meta: metaOf(id),
    customers: [{ id: requester, role: 'requester' }],
  });
  const rawAppend = () =>
    rateOf(COUNT, AT_ONCE, () => {
      const { meta, ...fact } = requested(newId());
      const metadata = { schemaVersion: 1, recordedAt: machineClock.now(), ...meta, customers: fact.customers };
      const event = jsonEvent({ id: fact.id, type: fact.type, data: { ...fact.data }, metadata });
      return raw.appendToStream(`raw-${newId()}`, event, { expectedRevision: NO_STREAM });
    });
  const ourAppend = () => rateOf(COUNT, AT_ONCE, () => store.append(`ours-${newId()}`, -1n, [requested(newId())]));
  const say = async (id: string, type: string, said: object) => {
    const wish = { slice: callback, id, commands: [{ type, data: said }], meta: metaOf(newId()) };
    const answer = await handler.execute(new Decide(wish));
    if (isRejection(answer)) throw new Error(answer.rejected);
  };
  const attempt = { attemptId: 'a1', result: 'busy' };
  /** A callback as an agent lives it, three commands one after the other; each loads, decides and appends. */
  const stories = async () => {
    const perStory = await rateOf(COUNT / 3, AT_ONCE, async () => {
      const id = newId();
      await say(id, 'RequestCallback', data);
      await say(id, 'RecordCallAttempt', attempt);
      await say(id, 'CompleteCallback', {});
    });
    return perStory * 3;
  };
  /** One command to each of many stories that this process never wrote: each must be read first. */
  const coldActs = async () => {
    const ids = Array.from({ length: COUNT }, () => newId());
    await rateOf(COUNT, AT_ONCE, (n) => store.append(`callback-${ids[n]}`, -1n, [requested(newId())]));
    return rateOf(COUNT, AT_ONCE, (n) => say(ids[n] as string, 'RecordCallAttempt', attempt));
  };

  const measure = async (
    id: string,
    ours: () => Promise<number>,
    [floor, goal]: readonly [number, number],
    more = '',
  ): Promise<Result> => {
    const rates = await inTurn({ ours, theirs: rawAppend });
    const [mine, theirs] = [0, 1].map((side) => Math.round(medianOf(rates.map((pair) => pair[side] as number))));
    const notes = `${mine} against ${theirs} a second, ${AT_ONCE} in flight, ${COUNT} a run${more}`;
    return { id, ...ratioOf(rates), floor, goal, unit: 'ratio of rates', durability: DURABILITY, notes };
  };
  try {
    const results: Result[] = [];
    if (wanted.includes('P10')) results.push(await measure('P10', ourAppend, [0.93, 0.97]));
    if (wanted.includes('P8')) {
      const cold = `; ${Math.round(await coldActs())} a second to stories never read before`;
      results.push(await measure('P8', stories, [0.5, 0.65], cold));
    }
    return results;
  } finally {
    await store.close();
    await Promise.race([raw.dispose(), new Promise((gone) => setTimeout(gone, 300).unref())]);
    child?.kill('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  }
};
