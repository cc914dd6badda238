import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Decide,
  DecideHandler,
  type EventSealing,
  type Fingerprints,
  freeForAll,
  newId,
  noFingerprints,
} from '#application';
import { callback } from '#domain';
import { type EventStoreDb, openEventStore } from '#event-store';
import { type Fact, isRejection } from '#kernel';
import { fingerprints, KeyRing, masterKeyOf, sealedEvents } from '#privacy';
import {
  endStoreProcess,
  eventShapes,
  loggerFor,
  machineClock,
  personalRoles,
  StreamedPolicies,
  startStoreProcess,
} from '#system';
import { unsealed } from '#testing';
import { metaOf } from './meta.js';
import { inTurn, medianOf, type Result, rateOf, ratioOf } from './protocol.js';

const AT_ONCE = 64;
const COMMANDS = 2500;
/** More and shorter turns than elsewhere: the difference is small. */
const PAIRS = 15;
const EVENTS = 40_000;
const SUBJECTS = 4_300;
const A_STREAM = 50;
/** Of the 49 472 facts of the demo's retail history 4 372 hold something personal. */
const SHARE = 0.088;
const DURABILITY =
  'fdatasync before every acknowledgement and before a new key is used, embedded store in its own process, loopback';

const master = masterKeyOf(randomBytes(32));
const log = { logId: newId(), secret: randomBytes(32), company: { zone: 'UTC', currency: 'EUR', vertical: 'retail' } };

/** A store in a process of its own, beside it the keys of those it tells of. */
class Bed {
  private constructor(
    private readonly folder: string,
    private readonly url: string,
    private readonly stop: () => Promise<void>,
  ) {}

  static async begin(): Promise<Bed> {
    const folder = await mkdtemp(join(tmpdir(), 'touchline-bench-'));
    const process = await startStoreProcess(join(folder, 'store'), 0, loggerFor('bench', 'warn'));
    return new Bed(folder, process.url, () => endStoreProcess(process));
  }

  store(sealing: EventSealing): EventStoreDb {
    return openEventStore(this.url, { shapes: eventShapes, sealing }, machineClock);
  }

  keys(): Promise<KeyRing> {
    const places = {
      keys: join(this.folder, 'subject.keys'),
      destroyed: join(this.folder, 'destroyed'),
      log: log.logId,
    };
    return KeyRing.open(places, { keys: () => [master] });
  }

  async end(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const about = {
  topic: 'invoice',
  zone: 'UTC',
  windows: [{ from: '2026-03-01T09:00:00.000Z', to: '2099-03-01T11:00:00.000Z' }],
};

/**
 * P14: a command whose facts are sealed, and fingerprinted under the keys of whom they are about, against the same one that
 * is stored plain and fingerprinted under the key of the log: what was said under an id must be told from something else,
 * encrypted or not. Beside it, against one that is not fingerprinted either.
 */
const commandBench = async (): Promise<Result> => {
  const bed = await Bed.begin();
  const ring = await bed.keys();
  const [sealed, plain] = [bed.store(sealedEvents(() => ring, personalRoles)), bed.store(unsealed)];
  const handlerOver = (store: EventStoreDb, said: Fingerprints) =>
    new DecideHandler(store, new StreamedPolicies(store), log, freeForAll, said);
  const known = Array.from({ length: 100 }, () => newId());
  const commands = (handler: DecideHandler, requesterOf: (n: number) => string) => () =>
    rateOf(COMMANDS, AT_ONCE, async (n) => {
      const data = { ...about, requester: requesterOf(n), note: 'Call the mobile, please, after lunch' };
      const said = {
        slice: callback,
        id: newId(),
        commands: [{ type: 'RequestCallback', data }],
        meta: metaOf(newId()),
      };
      const answer = await handler.execute(new Decide(said));
      if (isRejection(answer)) throw new Error(answer.rejected);
    });
  const knownOf = (n: number) => known[n % known.length] as string;
  const marks = fingerprints(() => ring, randomBytes(32));
  const ours = commands(handlerOver(sealed, marks), knownOf);
  const ofNobody: Fingerprints = { ...marks, of: (_, payload) => marks.of([], payload) };
  const theirs = commands(handlerOver(plain, ofNobody), knownOf);
  try {
    const rates = await inTurn({ ours, theirs }, PAIRS);
    const [encrypted, plainly] = mediansOf(rates);
    const bare = ratioOf(await inTurn({ ours, theirs: commands(handlerOver(plain, noFingerprints), knownOf) }));
    const first = ratioOf(await inTurn({ ours: commands(handlerOver(sealed, marks), newId), theirs }, 3));
    const notes = `${encrypted} encrypted against ${plainly} plain a second, ${AT_ONCE} in flight, ${COMMANDS} a run; ${spreadOf(bare)} against one without any fingerprint; ${spreadOf(first)} where every subject is new and a key must be made durable`;
    return {
      id: 'P14',
      ...ratioOf(rates),
      floor: 0.85,
      goal: 0.95,
      unit: 'ratio of rates',
      durability: DURABILITY,
      notes,
    };
  } finally {
    await Promise.all([sealed.close(), plain.close()]);
    await ring.close();
    await bed.end();
  }
};

const spreadOf = ({ ratio, low, high }: ReturnType<typeof ratioOf>) =>
  `${ratio.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;

const mediansOf = (rates: readonly (readonly [number, number])[]) =>
  [0, 1].map((side) => Math.round(medianOf(rates.map((pair) => pair[side] as number))));

const subjects = Array.from({ length: SUBJECTS }, () => newId());

/** Bookings and points, and so many of a hundred facts that somebody asked to be called about something. */
const history = (share: number): readonly Fact[] => {
  let personal = 0;
  return Array.from({ length: EVENTS }, (_, n) => {
    const [id, who] = [newId(), subjects[Math.floor(SUBJECTS ** ((n * 0.618_034) % 1))] as string];
    const isPersonal = personal < Math.ceil((n + 1) * share);
    if (isPersonal) personal++;
    const note = `The invoice of ${n} names my old address: please call about it`;
    const price = { amount: 1000 + (n % 5000), currency: 'EUR' };
    const lines = [1, 2].map((line) => ({ id: `${line}`, code: 'goods', kind: 'base', price, status: 'placed' }));
    const rest = { id, meta: metaOf(id), customers: [{ id: who, role: 'requester' }] };
    return isPersonal
      ? { ...rest, type: 'CallbackRequested', data: { ...about, requester: who, note } }
      : {
          ...rest,
          type: 'BookingPlaced',
          data: { vertical: 'retail', lines, total: price, booker: who, travellers: [] },
        };
  });
};

/** The same facts in a log of their own, each event where it would be read from; events a second from the first to the last. */
class Replay {
  private constructor(
    private readonly bed: Bed,
    private readonly isSealed: boolean,
  ) {}

  static async of(facts: readonly Fact[], isSealed: boolean): Promise<Replay> {
    const replay = new Replay(await Bed.begin(), isSealed);
    await replay.over(async (store) => {
      await rateOf(EVENTS / A_STREAM, AT_ONCE, (n) =>
        store.append(`told-${n}`, -1n, facts.slice(n * A_STREAM, (n + 1) * A_STREAM)),
      );
    });
    return replay;
  }

  /** Begins without any key in memory, as a process does. */
  readonly rate = (): Promise<number> =>
    this.over(async (store) => {
      const [over, began] = [new AbortController(), performance.now()];
      let count = 0;
      for await (const entry of store.follow({ after: null, signal: over.signal })) {
        if (entry.kind !== 'fact') throw new Error(entry.reason);
        if (++count === EVENTS) over.abort();
      }
      return EVENTS / ((performance.now() - began) / 1000);
    });

  end(): Promise<void> {
    return this.bed.end();
  }

  private async over<T>(work: (store: EventStoreDb) => Promise<T>): Promise<T> {
    const ring = await this.bed.keys();
    const store = this.bed.store(this.isSealed ? sealedEvents(() => ring, personalRoles) : unsealed);
    try {
      return await work(store);
    } finally {
      await store.close();
      await ring.close();
    }
  }
}

const replayed = async (share: number, pairs?: number) => {
  const facts = history(share);
  const [sealed, plain] = [await Replay.of(facts, true), await Replay.of(facts, false)];
  try {
    return await inTurn({ ours: sealed.rate, theirs: plain.rate }, pairs);
  } finally {
    await Promise.all([sealed.end(), plain.end()]);
  }
};

/** P13: the log followed from its first fact, what is personal decrypted, against the same log stored plain. */
const replayBench = async (): Promise<Result> => {
  const rates = await replayed(SHARE);
  const [ours, plainly] = mediansOf(rates);
  const worst = ratioOf(await replayed(1, 3));
  const notes = `${ours} decrypted against ${plainly} plain a second, ${EVENTS} events of ${SUBJECTS} subjects, ${(100 * SHARE).toFixed(1)} % with personal data as in the demo; ${spreadOf(worst)} where every event has`;
  return {
    id: 'P13',
    ...ratioOf(rates),
    floor: 0.75,
    goal: 0.85,
    unit: 'ratio of rates',
    durability: DURABILITY,
    notes,
  };
};

export const privacyBenches = async (wanted: readonly string[]): Promise<readonly Result[]> => [
  ...(wanted.includes('P13') ? [await replayBench()] : []),
  ...(wanted.includes('P14') ? [await commandBench()] : []),
];
