import { setTimeout as pause } from 'node:timers/promises';
import {
  jsonEvent,
  PARK,
  type PersistentSubscriptionToStream,
  RETRY,
  persistentSubscriptionToStreamSettingsFromDefaults as settings,
  persistentSubscriptionToAllSettingsFromDefaults as settingsOfAll,
} from '@eventstore/db-client';
import { collect, TemporaryServer } from './temporary-server.js';

const event = (n: number) => jsonEvent({ type: 'counted', data: { n } });
type Counted = ReturnType<typeof event>;
type Seen = { n: number; retries: number; ack: () => Promise<void>; nack: (action: 'park' | 'retry') => Promise<void> };

/** A member of a group that keeps what it is sent until the test says what becomes of it. */
class Member {
  readonly seen: Seen[] = [];

  constructor(readonly subscription: PersistentSubscriptionToStream<Counted>) {
    subscription.on('error', () => {});
    subscription.on('data', (sent) => {
      this.seen.push({
        n: sent.event?.data.n ?? -1,
        retries: sent.retryCount,
        ack: () => subscription.ack(sent),
        nack: (action) => subscription.nack(action === 'park' ? PARK : RETRY, 'because', sent),
      });
    });
  }

  get numbers(): number[] {
    return this.seen.map(({ n }) => n);
  }

  /** The first events, as many as asked for, once they are there. */
  async take(count: number): Promise<Seen[]> {
    await until(() => this.seen.length >= count);
    return this.seen.splice(0, count);
  }
}

const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (const end = performance.now() + 10_000; !(await holds()); await pause(5))
    if (performance.now() > end) throw new Error('it did not come to that in 10 s');
};

describe('a persistent subscription', () => {
  const store = new TemporaryServer();
  let count = 0;
  beforeAll(() => store.start());
  afterAll(() => store.remove());

  const group = async (events: number, changes: Parameters<typeof settings>[0] = {}) => {
    const stream = `work-${count++}`;
    if (events)
      await store.client.appendToStream(
        stream,
        Array.from({ length: events }, (_, n) => event(n)),
      );
    await store.client.createPersistentSubscriptionToStream(
      stream,
      'group',
      settings({ startFrom: 'start', ...changes }),
    );
    return stream;
  };
  const join = async (stream: string, bufferSize = 10): Promise<Member> => {
    const member = new Member(
      store.client.subscribeToPersistentSubscriptionToStream<Counted>(stream, 'group', { bufferSize }),
    );
    await new Promise((joined) => member.subscription.once('confirmation', joined));
    return member;
  };
  const statsOf = async (stream: string) =>
    (await store.client.getPersistentSubscriptionToStreamInfo(stream, 'group')).stats;

  it('sends again in the order of the stream what was refused, and counts how often', async () => {
    const stream = await group(4);
    const member = await join(stream);
    const [, one, , three] = await member.take(4);
    await Promise.all([three?.nack('retry'), one?.nack('retry')]);
    const again = await member.take(2);
    expect(again.map(({ n }) => n).sort()).toEqual([1, 3]);
    expect(again.map(({ retries }) => retries)).toEqual([1, 1]);
    await member.subscription.unsubscribe();
  });

  it('gives what a member held to the next one, however often it came before', async () => {
    const stream = await group(3, { maxRetryCount: 0 });
    const gone = await join(stream);
    await gone.take(3);
    await gone.subscription.unsubscribe();
    const next = await join(stream);
    expect((await next.take(3)).map(({ n, retries }) => [n, retries])).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
    expect((await statsOf(stream)).parkedMessageCount).toBe(0n);
    await next.subscription.unsubscribe();
  });

  it('RoundRobin takes turns, DispatchToSingle stays with one as long as that can take more', async () => {
    const shares: Record<string, number[][]> = {};
    for (const consumerStrategyName of ['RoundRobin', 'DispatchToSingle'] as const) {
      const stream = await group(0, { consumerStrategyName });
      const members = [await join(stream, 3), await join(stream, 10)];
      for (let n = 0; n < 6; n++) await store.client.appendToStream(stream, event(n));
      await until(() => members.reduce((sum, { seen }) => sum + seen.length, 0) === 6);
      shares[consumerStrategyName] = members.map(({ numbers }) => numbers);
      for (const { subscription } of members) await subscription.unsubscribe();
    }
    expect(shares).toEqual({
      RoundRobin: [
        [0, 2, 4],
        [1, 3, 5],
      ],
      DispatchToSingle: [
        [0, 1, 2],
        [3, 4, 5],
      ],
    });
  });

  it('Pinned keeps a stream with one member', async () => {
    const category = `pinned${count++}`;
    const links = `$ce-${category}`;
    await store.client.createPersistentSubscriptionToStream(
      links,
      'group',
      settings({ startFrom: 'start', resolveLinkTos: true, consumerStrategyName: 'Pinned' }),
    );
    const members = [await join(links, 40), await join(links, 40)];
    for (let n = 0; n < 40; n++) await store.client.appendToStream(`${category}-${n % 10}`, event(n % 10));
    await until(() => members.reduce((sum, { seen }) => sum + seen.length, 0) === 40);
    const [left, right] = members.map(({ numbers }) => new Set(numbers));
    expect([...(left ?? [])].filter((n) => right?.has(n))).toEqual([]);
    for (const { subscription } of members) await subscription.unsubscribe();
  });

  it('Pinned goes by the stream a link names, followed or not', async () => {
    const category = `unfollowed${count++}`;
    const links = `$ce-${category}`;
    await store.client.createPersistentSubscriptionToStream(
      links,
      'group',
      settings({ startFrom: 'start', consumerStrategyName: 'Pinned' }),
    );
    const members = [await join(links, 40), await join(links, 40)];
    const names: Set<string>[] = members.map(({ subscription }) => {
      const seen = new Set<string>();
      subscription.on('data', ({ event: sent }) =>
        seen.add(String(Buffer.from(sent?.data as unknown as Uint8Array)).split('@')[1] ?? ''),
      );
      return seen;
    });
    for (let n = 0; n < 40; n++) await store.client.appendToStream(`${category}-${n % 20}`, event(n));
    await until(() => members.reduce((sum, { seen }) => sum + seen.length, 0) === 40);
    const [left, right] = names as [Set<string>, Set<string>];
    expect([left.size + right.size, [...left].filter((name) => right.has(name))]).toEqual([20, []]);
    expect(Math.min(left.size, right.size)).toBeGreaterThan(0);
    for (const { subscription } of members) await subscription.unsubscribe();
  });

  it('shows the end of its stream to who is connected', async () => {
    const stream = await group(1);
    const member = await join(stream);
    await (await member.take(1))[0]?.ack();
    const ended = new Promise<{ type: string; revision: bigint }>((seen) =>
      member.subscription.once('data', ({ event: sent }) => seen(sent as never)),
    );
    await store.client.tombstoneStream(stream);
    expect(await ended).toMatchObject({ type: '$streamDeleted', revision: 9223372036854775807n });
    await member.subscription.unsubscribe();
  });

  it('sends again, once a second at most, what is not answered in time, and parks it in the end', async () => {
    const stream = await group(1, { messageTimeout: 100, maxRetryCount: 1 });
    const member = await join(stream);
    expect((await member.take(2)).map(({ retries }) => retries)).toEqual([0, 1]);
    await until(async () => (await statsOf(stream)).parkedMessageCount === 1n);
    const [parked] = await collect(store.client.readStream(`$persistentsubscription-${stream}::group-parked`));
    expect(parked?.event?.metadata).toMatchObject({ reason: 'Reached retry count of 1' });
    await member.subscription.unsubscribe();
  });

  it('replays what was parked, in order, up to where it is told', async () => {
    const stream = await group(3);
    const member = await join(stream);
    for (const seen of await member.take(3)) await seen.nack('park');
    await until(async () => (await statsOf(stream)).parkedMessageCount === 3n);
    await store.client.replayParkedMessagesToStream(stream, 'group', { stopAt: 2 });
    const replayed = await member.take(2);
    expect(replayed.map(({ n, retries }) => [n, retries])).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect((await statsOf(stream)).parkedMessageCount).toBe(1n);
    await expect(store.client.replayParkedMessagesToStream(stream, 'group', { stopAt: -1 })).rejects.toThrow(
      'Cannot stop replaying parked message at a negative version.',
    );
    await member.subscription.unsubscribe();
  });

  it('goes on behind its checkpoint after a restart of the store, settings and parked events kept', async () => {
    const stream = await group(4, { checkPointLowerBound: 1, checkPointUpperBound: 1, maxRetryCount: 7 });
    const member = await join(stream);
    const [zero, one, two] = await member.take(3);
    await Promise.all([zero?.ack(), one?.nack('park'), two?.ack()]);
    await until(async () => (await statsOf(stream)).lastCheckpointedEventRevision === 2n);
    await member.subscription.unsubscribe();
    await store.stop();
    await store.start();
    const again = await join(stream);
    expect((await again.take(1)).map(({ n }) => n)).toEqual([3]);
    const info = await store.client.getPersistentSubscriptionToStreamInfo(stream, 'group');
    expect(info.settings).toMatchObject({ maxRetryCount: 7, checkPointUpperBound: 1 });
    expect(info.stats).toMatchObject({ parkedMessageCount: 1n, lastCheckpointedEventRevision: 2n });
    await again.subscription.unsubscribe();
  });

  it('says what waits, what is out and what came by itself', async () => {
    const stream = await group(6, { historyBufferSize: 5, readBatchSize: 2 });
    expect(await store.client.getPersistentSubscriptionToStreamInfo(stream, 'group')).toMatchObject({
      status: 'Behind',
      stats: { readBufferCount: 4, lastKnownEventRevision: 3n },
    });
    const member = await join(stream, 2);
    for (const seen of await member.take(2)) await seen.ack();
    await until(() => member.seen.length === 2);
    await store.client.appendToStream(stream, [event(6), event(7)]);
    expect(await store.client.getPersistentSubscriptionToStreamInfo(stream, 'group')).toMatchObject({
      status: 'Live',
      connections: [{ totalItems: 4n, availableSlots: 0, inFlightMessages: 2 }],
      stats: { totalItems: 4n, readBufferCount: 4, liveBufferCount: 2n, outstandingMessagesCount: 2 },
    });
    await member.subscription.unsubscribe();
  });

  it('takes a new strategy with an update, and ends its members', async () => {
    const stream = await group(1);
    const member = await join(stream);
    const dropped = new Promise((ended) => member.subscription.once('error', ended));
    await store.client.updatePersistentSubscriptionToStream(
      stream,
      'group',
      settings({ startFrom: 'start', consumerStrategyName: 'Pinned' }),
    );
    expect(await dropped).toMatchObject({ type: 'persistent-subscription-dropped' });
    const info = await store.client.getPersistentSubscriptionToStreamInfo(stream, 'group');
    expect(info.settings.consumerStrategyName).toBe('Pinned');
  });

  it('to $all skips what its filter leaves out, keeps a checkpoint all the same, and never sees its own', async () => {
    const name = `all-${count++}`;
    await store.client.createPersistentSubscriptionToAll(
      name,
      settingsOfAll({ startFrom: 'start', checkPointLowerBound: 1, checkPointUpperBound: 1, checkPointAfter: 1 }),
      { filter: { filterOn: 'streamName', prefixes: ['nothing-of-the-kind'], checkpointInterval: 1 } },
    );
    const stats = async () => (await store.client.getPersistentSubscriptionToAllInfo(name)).stats;
    await until(async () => (await stats()).lastCheckpointedEventPosition !== undefined);
    const at = (await stats()).lastCheckpointedEventPosition;
    await pause(1500); // longer than it takes to write another one, if its own were progress
    expect((await stats()).lastCheckpointedEventPosition).toEqual(at);
    const all = await collect(store.client.readAll());
    expect(all.filter(({ event: found }) => found?.streamId.startsWith('$persistentsubscription-$all::'))).toEqual([]);
    const beyond = { commit: 1n << 50n, prepare: 1n << 50n };
    await expect(
      store.client.createPersistentSubscriptionToAll(`${name}-beyond`, settingsOfAll({ startFrom: beyond })),
    ).rejects.toThrow('commit position must be less than or equal to the last commit position');
  });

  it('costs no more than its buffer while nobody takes anything', async () => {
    const stream = await group(0, { historyBufferSize: 20, readBatchSize: 5 });
    for (let n = 0; n < 60; n++) await store.client.appendToStream(stream, event(n));
    const before = await store.client.getPersistentSubscriptionToStreamInfo(stream, 'group');
    expect(before).toMatchObject({ status: 'Behind', stats: { readBufferCount: 20 } });
    const member = await join(stream);
    const numbers: number[] = [];
    while (numbers.length < 60) {
      const [seen] = await member.take(1);
      numbers.push(seen?.n ?? -1);
      await seen?.ack();
    }
    expect(numbers).toEqual(Array.from({ length: 60 }, (_, n) => n));
    await member.subscription.unsubscribe();
  });
});
