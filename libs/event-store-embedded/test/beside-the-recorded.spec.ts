import { randomUUID } from 'node:crypto';
import { jsonEvent, START } from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import definitions from '@eventstore/db-client/generated/streams_grpc_pb.js';
import messages from '@eventstore/db-client/generated/streams_pb.js';
import { credentials } from '@grpc/grpc-js';
import { collect, TemporaryServer } from './temporary-server.js';

const event = (type = 'tested', metadata?: Record<string, unknown>) =>
  jsonEvent({ id: randomUUID(), type, data: {}, ...(metadata && { metadata }) });
const link = (text: string) => ({
  id: randomUUID(),
  type: '$>',
  contentType: 'application/octet-stream' as const,
  data: Buffer.from(text),
  metadata: undefined,
});

describe('beside what was recorded, as the database has it', () => {
  const store = new TemporaryServer();
  let count = 0;
  const fresh = (name: string) => `${name}${count++}-s`;
  let address = '';
  beforeAll(async () => {
    address = `127.0.0.1:${(await store.start()).port}`;
  });
  afterAll(() => store.remove());

  const fived = async (name: string) => {
    const stream = fresh(name);
    await store.client.appendToStream(stream, [event(), event(), event(), event(), event()]);
    return stream;
  };
  const revisions = async (stream: string) =>
    (await collect(store.client.readStream(stream))).map((each) => Number(each.event?.revision));

  it('an id that is none is refused alone; the calls beside it are answered', async () => {
    const [bad, good] = [fresh('bad'), fresh('good')];
    const [refused, written] = await Promise.allSettled([
      store.client.appendToStream(bad, { ...event(), id: 'no-id' }),
      store.client.appendToStream(good, event()),
    ]);
    expect(refused).toMatchObject({ status: 'rejected', reason: { type: 'unknown' } });
    expect(String((refused as PromiseRejectedResult).reason)).toContain('BadRequest');
    expect(written).toMatchObject({ status: 'fulfilled', value: { nextExpectedRevision: 0n } });
    await expect(revisions(bad)).rejects.toMatchObject({ type: 'stream-not-found' });
  });

  it('an id may come without dashes and in capitals', async () => {
    const stream = fresh('id');
    const id = randomUUID();
    await store.client.appendToStream(stream, { ...event(), id: id.replaceAll('-', '').toUpperCase() });
    expect((await collect(store.client.readStream(stream)))[0]?.event?.id).toBe(id);
  });

  it.each<[string, string]>([
    ['a number that is none', '{"$maxCount":"2","$tb":3}'],
    ['a fraction', '{"$maxAge":1.5,"$tb":3}'],
    ['null', '{"$maxCount":null,"$tb":3}'],
    ['a list of rights that is a text', '{"$acl":"all","$tb":3}'],
    ['a right that is a number', '{"$acl":{"$r":[1]},"$tb":3}'],
    ['more than 64 bits', '{"$tb":9223372036854776000}'],
  ])('metadata with %s hides nothing at all', async (_, text) => {
    const stream = await fived('strict');
    await store.client.appendToStream(`$$${stream}`, { ...event('$metadata'), data: JSON.parse(text) });
    expect(await revisions(stream)).toEqual([0, 1, 2, 3, 4]);
  });

  it('an append of nothing brings a deleted stream back as an empty one', async () => {
    const stream = await fived('nothing');
    await store.client.deleteStream(stream);
    await store.client.appendToStream(stream, []);
    expect(await revisions(stream)).toEqual([]);
    expect((await store.client.getStreamMetadata(stream)).metadata).toEqual({ truncateBefore: 5 });
  });

  it('deletions are listed by a type of their own and name the stream that is gone; links are listed by none', async () => {
    const [soft, hard] = [await fived('soft'), await fived('hard')];
    await store.client.appendToStream(fresh('links'), link(`0@${soft}`));
    await store.client.deleteStream(soft);
    await store.client.tombstoneStream(hard);
    const listed = async (name: string) =>
      (await collect(store.client.readStream(name))).map(({ event: found }) => [
        Buffer.from(found?.data as Uint8Array).toString(),
        (found?.metadata as { $deleted?: number } | undefined)?.$deleted,
      ]);
    expect((await listed('$et-$deleted')).slice(-2)).toEqual([
      [`0@${soft}`, -1],
      [`9223372036854775807@${hard}`, -1],
    ]);
    expect((await listed(`$ce-${hard.slice(0, -2)}`)).at(-1)).toEqual([`9223372036854775807@${hard}`, -1]);
    for (const none of ['$et-$>', '$et-$streamDeleted'])
      await expect(listed(none)).rejects.toMatchObject({ type: 'stream-not-found' });
  });

  it('a link in a correlation says what it was, and a number correlates as its digits', async () => {
    const target = await fived('correlated');
    const id = 1_000_000 + count;
    await store.client.appendToStream(fresh('links'), {
      ...link(`2@${target}`),
      metadata: { $correlationId: id },
    } as never);
    const [found] = await collect(store.client.readStream(`$bc-${id}`, { resolveLinkTos: true }));
    expect(`${found?.event?.revision}@${found?.event?.streamId}`).toBe(`2@${target}`);
    expect(found?.link?.metadata).toMatchObject({
      $link: { eventId: expect.any(String), metadata: { $correlationId: id } },
    });
  });

  it('what is no link by its data is shown as a broken one to who follows live', async () => {
    const stream = fresh('live');
    const subscription = store.client.subscribeToStream(stream, { fromRevision: 'end', resolveLinkTos: true });
    await new Promise((confirmed) => subscription.once('confirmation', confirmed));
    const first = new Promise<{ event?: unknown; link?: { type: string } }>((seen) =>
      subscription.once('data', seen as never),
    );
    await store.client.appendToStream(stream, link('nonsense'));
    const shown = await first;
    await subscription.unsubscribe();
    expect([shown.event, shown.link?.type]).toEqual([undefined, '$>']);
    const [read] = await collect(store.client.readStream(stream, { resolveLinkTos: true }));
    expect([read?.event?.type, read?.link]).toEqual(['$>', undefined]);
  });

  it.each<[string, string | boolean]>([
    [String.raw`\Aorder`, 'unimplemented'],
    [String.raw`^\p{L}+`, 'unimplemented'],
    ['(?>a)b', 'unimplemented'],
    ['[a-z-[aeiou]]', 'unimplemented'],
    ['(', 'unknown'],
    ['^order-[0-9]+$', true],
    [String.raw`^\[\]\\A-[a-z]`, true],
    ['^[^$].*', true],
  ])('a filter by the expression %s is answered with %s, never with other events', async (regex, answer) => {
    const subscription = store.client.subscribeToAll({
      fromPosition: START,
      filter: { filterOn: 'streamName', regex, checkpointInterval: 1 } as never,
    });
    const outcome = await new Promise((ended) => {
      subscription.once('confirmation', () => ended(true));
      subscription.once('error', (error) =>
        ended((error as { code?: number }).code === 12 ? 'unimplemented' : 'unknown'),
      );
    });
    await subscription.unsubscribe().catch(() => {});
    expect(outcome).toBe(answer);
  });

  /** What a caller that asks for them is told of the ends of a stream, and how many events. */
  const ends = async (stream: string, from: number, backwards = false) => {
    const { Options } = messages.ReadReq;
    const name = new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
    const options = new Options()
      .setStream(new Options.StreamOptions().setStreamIdentifier(name).setRevision(String(from)))
      .setCount('10')
      .setReadDirection(backwards ? 1 : 0)
      .setNoFilter(new shared.Empty())
      .setUuidOption(new Options.UUIDOption().setString(new shared.Empty()))
      .setControlOption(new Options.ControlOption().setCompatibility(1));
    const client = new definitions.StreamsClient(address, credentials.createInsecure());
    const responses = await collect(client.read(new messages.ReadReq().setOptions(options)));
    client.close();
    return responses.map((each) =>
      each.hasFirstStreamPosition()
        ? `first ${each.getFirstStreamPosition()}`
        : each.hasLastStreamPosition()
          ? `last ${each.getLastStreamPosition()}`
          : 'event',
    );
  };

  it('who asks for the ends of a stream is told where the next event is when there is none, and the last revision', async () => {
    const stream = await fived('ends');
    expect(await ends(stream, 3)).toEqual(['event', 'event', 'last 4']);
    expect(await ends(stream, 1, true)).toEqual(['event', 'event', 'last 4']);
    expect([await ends(stream, 5), await ends(stream, 9)]).toEqual([['last 4'], ['first 5', 'last 4']]);
    await store.client.setStreamMetadata(stream, { truncateBefore: 20 });
    expect([await ends(stream, 0), await ends(stream, 15)]).toEqual([
      ['first 20', 'last 4'],
      ['first 5', 'last 4'],
    ]);
  });
});
