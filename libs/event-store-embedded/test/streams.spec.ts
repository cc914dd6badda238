import { randomUUID } from 'node:crypto';
import { type AppendExpectedRevision, jsonEvent } from '@eventstore/db-client';
import { collect, TemporaryServer } from './temporary-server.js';

const event = (type = 'tested') => jsonEvent({ id: randomUUID(), type, data: {} });
const PATHS = { batch: {}, classic: { credentials: { username: 'admin', password: 'changeit' } } };

describe('streams, as the documentation has them', () => {
  const store = new TemporaryServer();
  let count = 0;
  const fresh = (name: string) => `${name}-${count++}`;
  beforeAll(() => store.start());
  afterAll(() => store.remove());

  const five = async (stream: string) => {
    await store.client.appendToStream(
      stream,
      Array.from({ length: 5 }, () => event()),
    );
  };
  const STATES: Record<string, (stream: string) => Promise<unknown>> = {
    missing: async () => {},
    five,
    truncated: async (stream) => {
      await five(stream);
      await store.client.setStreamMetadata(stream, { truncateBefore: 3 });
    },
    emptied: async (stream) => {
      await five(stream);
      await store.client.setStreamMetadata(stream, { truncateBefore: 5 });
    },
    deleted: async (stream) => {
      await five(stream);
      await store.client.deleteStream(stream);
    },
    tombstoned: async (stream) => {
      await five(stream);
      await store.client.tombstoneStream(stream);
    },
    metadataOnly: (stream) => store.client.setStreamMetadata(stream, { custom: 1 }),
  };
  const WRONG = 'wrong-expected-version';
  const GONE = 'stream-deleted';
  // The revision the append answers, or the error's type: expecting any, no_stream, stream_exists, 2, 4, 9.
  const TABLE: Record<string, readonly (bigint | string)[]> = {
    missing: [0n, 0n, WRONG, WRONG, WRONG, WRONG],
    five: [5n, WRONG, 5n, WRONG, 5n, WRONG],
    truncated: [5n, WRONG, 5n, WRONG, 5n, WRONG],
    emptied: [5n, WRONG, 5n, WRONG, 5n, WRONG],
    deleted: [5n, 5n, GONE, WRONG, 5n, WRONG],
    tombstoned: [GONE, GONE, GONE, GONE, GONE, GONE],
    metadataOnly: [0n, 0n, 0n, WRONG, WRONG, WRONG],
  };
  const EXPECTED: readonly AppendExpectedRevision[] = ['any', 'no_stream', 'stream_exists', 2n, 4n, 9n];

  for (const [path, options] of Object.entries(PATHS))
    for (const [state, answers] of Object.entries(TABLE))
      it(`append (${path}) to a stream that is ${state}`, async () => {
        const outcomes: (bigint | string)[] = [];
        for (const expectedRevision of EXPECTED) {
          const stream = fresh(state);
          await STATES[state]?.(stream);
          const appended = store.client.appendToStream(stream, event(), { expectedRevision, ...options });
          outcomes.push(
            await appended.then(
              (answer) => answer.nextExpectedRevision,
              (error) => error.type,
            ),
          );
        }
        expect(outcomes).toEqual(answers);
      });

  const revisions = async (stream: string, options = {}) =>
    (await collect(store.client.readStream(stream, options))).map((found) => Number(found.event?.revision));

  it('truncation hides events from their stream and leaves them in $all', async () => {
    const stream = fresh('hidden');
    await five(stream);
    await store.client.setStreamMetadata(stream, { maxCount: 2 });
    expect(await revisions(stream)).toEqual([3, 4]);
    expect(await revisions(stream, { maxCount: 1 })).toEqual([3]);
    expect(await revisions(stream, { direction: 'backwards', fromRevision: 'end' })).toEqual([4, 3]);
    const all = await collect(store.client.readAll());
    expect(all.filter((found) => found.event?.streamId === stream)).toHaveLength(5);
  });

  it('a deleted stream comes back empty-handed and goes on behind its last revision', async () => {
    const stream = fresh('again');
    await five(stream);
    await store.client.deleteStream(stream);
    await expect(revisions(stream)).rejects.toMatchObject({ type: 'stream-not-found' });
    await store.client.appendToStream(stream, [event(), event()], { expectedRevision: 'no_stream' });
    expect(await revisions(stream)).toEqual([5, 6]);
    const { metadata } = await store.client.getStreamMetadata(stream);
    expect(metadata).toEqual({ truncateBefore: 5 });
    await store.stop();
    await store.start();
    expect(await revisions(stream)).toEqual([5, 6]);
  });

  it('a repeated append is recognised after a restart, by id and revision as well as by id alone', async () => {
    const stream = fresh('repeated');
    const events = [event(), event()];
    const { position } = await store.client.appendToStream(stream, events, { expectedRevision: 'no_stream' });
    await store.stop();
    await store.start();
    for (const expectedRevision of ['no_stream', 'any'] as const)
      expect(await store.client.appendToStream(stream, events, { expectedRevision })).toEqual({
        success: true,
        nextExpectedRevision: 1n,
        position,
      });
    expect(await revisions(stream)).toEqual([0, 1]);
  });

  it('every revision of a long stream is found, in both directions, before and after a restart', async () => {
    const stream = fresh('long');
    for (let sent = 0; sent < 1200; sent += 100)
      await store.client.appendToStream(
        stream,
        Array.from({ length: 100 }, () => event()),
      );
    for (const round of [0, 1]) {
      if (round) {
        await store.stop();
        await store.start();
      }
      for (let from = 0; from < 1200; from += 37) {
        expect(await revisions(stream, { fromRevision: BigInt(from), maxCount: 3 })).toEqual(
          [from, from + 1, from + 2].filter((each) => each < 1200),
        );
        expect(await revisions(stream, { fromRevision: BigInt(from), maxCount: 1, direction: 'backwards' })).toEqual([
          from,
        ]);
      }
    }
  });

  it('a subscription that runs while others append sees every event of the log once and in order', async () => {
    const seen: bigint[] = [];
    const subscription = store.client.subscribeToAll();
    const reader = (async () => {
      for await (const { event: found } of subscription) {
        seen.push(found?.position?.commit ?? -1n);
        if (found?.type === 'last') return;
      }
    })();
    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let sent = 0; sent < 50; sent++) await store.client.appendToStream(`live-${writer}`, [event(), event()]);
      }),
    );
    await store.client.appendToStream('live-0', event('last'));
    await reader;
    const all = (await collect(store.client.readAll())).map((found) => found.event?.position?.commit);
    expect(seen).toEqual(all);
  });

  it('links follow their events in the system streams', async () => {
    const category = `category${count++}`;
    const type = `type${count++}`;
    await store.client.appendToStream(`${category}-a`, [event(type), event()]);
    await store.client.appendToStream(`${category}-b`, event(type));
    const ids = async (stream: string) =>
      (await collect(store.client.readStream(stream, { resolveLinkTos: true }))).map(({ event: found, link }) => [
        `${link?.revision}`,
        `${found?.revision}@${found?.streamId}`,
      ]);
    expect(await ids(`$ce-${category}`)).toEqual([
      ['0', `0@${category}-a`],
      ['1', `1@${category}-a`],
      ['2', `0@${category}-b`],
    ]);
    expect(await ids(`$et-${type}`)).toEqual([
      ['0', `0@${category}-a`],
      ['1', `0@${category}-b`],
    ]);
    const correlated = (id: string) => jsonEvent({ type, data: {}, metadata: { $correlationId: id } });
    const correlation = randomUUID();
    await store.client.appendToStream(`${category}-c`, [correlated(correlation), correlated(randomUUID())]);
    await store.client.appendToStream(`${category}-d`, correlated(correlation));
    expect(await ids(`$bc-${correlation}`)).toEqual([
      ['0', `0@${category}-c`],
      ['1', `0@${category}-d`],
    ]);
    const { metadata } = await store.client.getStreamMetadata(`$ce-${category}`);
    expect(metadata).toEqual({ acl: { readRoles: '$all', metaReadRoles: '$all' } });
    await expect(store.client.appendToStream(`$ce-${category}`, event())).rejects.toThrow('SystemStreamIsReadOnly');
  });

  // Written before: 0, 1, 2, 3. What is appended, what is expected, and the revision answered or the error's type.
  const REPEATS: readonly [number[], AppendExpectedRevision, bigint | string][] = [
    [[0, 1, 2, 3], 'no_stream', 3n],
    [[0, 1], 'no_stream', 1n],
    [[1], 0n, 1n],
    [[1, 2], 0n, 2n],
    [[3], 2n, 3n],
    [[1, 2, 9], 0n, WRONG],
    [[9, 1], 'no_stream', WRONG],
    [[2], 'no_stream', WRONG],
    [[0, 2], 'any', 2n],
    [[1], 'stream_exists', 1n],
    [[1, 9], 'any', WRONG],
    [[9, 1], 'any', 5n],
    [[3], 3n, 4n],
    [[], 'any', 3n],
    [[], 1n, WRONG],
  ];
  for (const [path, options] of Object.entries(PATHS))
    it.each(REPEATS)(
      `repeats (${path}): %j expecting %s is answered with %s`,
      async (numbers, expectedRevision, answer) => {
        const stream = fresh('repeats');
        const ids = Array.from({ length: 10 }, () => randomUUID());
        const numbered = (n: number) => jsonEvent({ id: ids[n] as string, type: 'tested', data: {} });
        await store.client.appendToStream(stream, [0, 1, 2, 3].map(numbered), { expectedRevision: 'no_stream' });
        const appended = store.client.appendToStream(stream, numbers.map(numbered), { expectedRevision, ...options });
        const outcome = await appended.then(
          ({ nextExpectedRevision }) => nextExpectedRevision,
          ({ type }) => type,
        );
        expect(outcome).toBe(answer);
      },
    );

  it('an id counts where it was seen first: elsewhere the same event is a new one each time', async () => {
    const [one, other, same] = [fresh('one'), fresh('other'), event()];
    for (const stream of [one, other, other]) await store.client.appendToStream(stream, same);
    expect([await revisions(one), await revisions(other)]).toEqual([[0], [0, 1]]);
  });

  it('a repeat of what readers no longer see has a revision and no position', async () => {
    const stream = fresh('unseen');
    const events = [event(), event(), event()];
    await store.client.appendToStream(stream, events, { expectedRevision: 'no_stream' });
    await store.client.setStreamMetadata(stream, { truncateBefore: 3 });
    const again = await store.client.appendToStream(stream, events, { expectedRevision: 'no_stream' });
    expect(again).toEqual({ success: true, nextExpectedRevision: 2n, position: undefined });
  });

  it('who follows a stream from its beginning is caught up when there is one; from its end, at once', async () => {
    const caughtUps: string[] = [];
    const [early, late] = [fresh('early'), fresh('late')];
    const follow = async (stream: string, fromRevision: 'start' | 'end') => {
      const subscription = store.client.subscribeToStream(stream, { fromRevision });
      subscription.on('caughtUp', () => caughtUps.push(stream));
      const first = new Promise((seen) => subscription.once('data', seen));
      await new Promise((confirmed) => subscription.once('confirmation', confirmed));
      return { subscription, first };
    };
    const followers = [await follow(early, 'start'), await follow(late, 'end')];
    await store.client.appendToStream(fresh('elsewhere'), event());
    expect(caughtUps).toEqual([late]);
    for (const stream of [early, late]) await store.client.appendToStream(stream, event());
    await Promise.all(followers.map(({ first }) => first));
    for (const { subscription } of followers) await subscription.unsubscribe();
    expect(caughtUps.sort()).toEqual([early, late].sort());
  });

  it('a link is a number, an @ and a name; what is none stays what it was', async () => {
    const [target, links] = [fresh('target'), fresh('links')];
    await five(target);
    const link = (text: string) => ({
      id: randomUUID(),
      type: '$>',
      contentType: 'application/octet-stream' as const,
      data: Buffer.from(text),
      metadata: undefined,
    });
    const texts = [`1@${target}`, `9@${target}`, '-1@x', '0@', 'x@y', 'nonsense', ''];
    await store.client.appendToStream(links, texts.map(link));
    const found = await collect(store.client.readStream(links, { resolveLinkTos: true }));
    expect(
      found.map((each) => [each.event?.streamId === target, each.event?.type === '$>', each.link !== undefined]),
    ).toEqual([
      [true, false, true],
      [false, false, true],
      [false, false, true],
      [false, false, true],
      [false, true, false],
      [false, true, false],
      [false, true, false],
    ]);
  });
});
