import { randomUUID } from 'node:crypto';
import type { LogLine } from '../src/log/log-options.js';
import { LogRefused } from '../src/log/segment.js';
import { unpack } from '../src/log/stored-event.js';
import { Events } from '../src/store/events.js';
import { Store } from '../src/store/store.js';
import { SimulatedDisk, seeded, systemError } from './simulated-disk.js';

const NOTHING = new Uint8Array(0);
const eventOf = (text: string) => ({
  id: randomUUID(),
  type: 'written',
  contentType: 'text/plain',
  metadata: NOTHING,
  data: Buffer.from(text),
});

const open = (files: SimulatedDisk, lines: LogLine[] = []) =>
  Store.open({ files, fsync: 'always', segmentBytes: 256 * 1024, report: (line) => lines.push(line) });

type Acknowledged = { stream: string; revision: number; text: string };

/** Writers append to streams of their own until the power goes; what was acknowledged by then is returned. */
const writeUntilPowerLoss = async (
  disk: SimulatedDisk,
  random: () => number,
): Promise<{ survivor: SimulatedDisk; acknowledged: Acknowledged[] }> => {
  const store = await open(disk);
  const acknowledged: Acknowledged[] = [];
  let survivor: SimulatedDisk | undefined;
  let left = 20 + Math.floor(random() * 60);
  const syncLimit = disk.syncs + left;
  disk.beforeSync = async () => {
    if (disk.syncs >= syncLimit - 1) survivor ??= disk.crash();
  };
  const writer = async (number: number) => {
    for (let count = 0; !survivor && left-- > -200; count++) {
      const size = 1 + Math.floor(random() * 3);
      const texts = Array.from(
        { length: size },
        () => `${number}.${count}/${size} ${'x'.repeat(Math.floor(random() * 900))}`,
      );
      const stream = `writer-${number}`;
      const written = await store.write({ kind: 'append', stream, expected: 'any', events: texts.map(eventOf) });
      if (survivor || written.outcome !== 'written') return;
      const first = written.revision - size + 1;
      acknowledged.push(...texts.map((text, index) => ({ stream, revision: first + index, text })));
    }
  };
  await Promise.all(Array.from({ length: 5 }, (_, number) => writer(number)));
  return { survivor: survivor ?? disk.crash(), acknowledged };
};

/** Acknowledged events that are not there, or are something else. */
const lostIn = async (survivor: SimulatedDisk, acknowledged: Acknowledged[]): Promise<Acknowledged[]> => {
  const store = await open(survivor);
  return acknowledged.filter(
    ({ stream, revision, text }) => store.events.at(stream, revision)?.data.toString() !== text,
  );
};

describe('when the power goes', () => {
  it('no acknowledged append is lost or moved, whatever the disk kept of the rest', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = seeded(seed);
      const { survivor, acknowledged } = await writeUntilPowerLoss(new SimulatedDisk(random), random);
      expect(acknowledged.length).toBeGreaterThan(20);
      expect({ seed, lost: await lostIn(survivor, acknowledged) }).toEqual({ seed, lost: [] });
    }
  });

  it('an append acknowledged before its sync is noticed', async () => {
    let lost = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const random = seeded(seed);
      const disk = new SimulatedDisk(random);
      const honest = disk.open.bind(disk);
      disk.open = (name, mode) => {
        const file = honest(name, mode);
        const late = () => void setTimeout(() => void file.sync().catch(() => {}), 2);
        return { ...file, sync: async () => late(), syncInline: late };
      };
      const { survivor, acknowledged } = await writeUntilPowerLoss(disk, random);
      lost += (await lostIn(survivor, acknowledged).catch(() => acknowledged)).length;
    }
    expect(lost).toBeGreaterThan(0);
  });

  it('a torn tail is cut off with a word, and an append is there whole or not at all', async () => {
    let cuts = 0;
    for (let seed = 100; seed < 108; seed++) {
      const random = seeded(seed);
      const { survivor } = await writeUntilPowerLoss(new SimulatedDisk(random), random);
      const lines: LogLine[] = [];
      const store = await open(survivor, lines);
      cuts += lines.filter(({ message }) => message.startsWith('cut off')).length;
      const batches = new Map<string, number>();
      for (let ordinal = 1; ordinal < store.events.index.size; ordinal++) {
        const label = /^\d+\.\d+\/\d+ /.exec(unpack(store.events.bodyAt(ordinal)).data.toString())?.[0] as string;
        batches.set(label, (batches.get(label) ?? 0) + 1);
      }
      expect(batches.size).toBeGreaterThan(0);
      for (const [label, count] of batches)
        expect(`${count} of ${label}`).toBe(`${label.split('/')[1]?.trim()} of ${label}`);
      const again = await store.write({
        kind: 'append',
        stream: 'writer-0',
        expected: 'any',
        events: [eventOf('on we go')],
      });
      expect(again.outcome).toBe('written');
    }
    expect(cuts).toBeGreaterThan(1);
  });
});

describe('when the disk refuses', () => {
  const append = (store: Store, text: string) =>
    store.write({ kind: 'append', stream: 'kept', expected: 'any', events: [eventOf(text)] });

  it('a full disk refuses appends, keeps serving reads and goes on by itself', async () => {
    const disk = new SimulatedDisk(seeded(1));
    const lines: LogLine[] = [];
    const store = await open(disk, lines);
    await append(store, 'before');
    disk.fail = (operation) => {
      if (operation === 'write') throw systemError('ENOSPC');
    };
    expect(await append(store, 'refused')).toMatchObject({ outcome: 'failed', error: { code: 'ENOSPC' } });
    expect(store.events.at('kept', 0)?.data.toString()).toBe('before');
    disk.fail = () => {};
    expect(await append(store, 'after')).toMatchObject({ outcome: 'written', revision: 1 });
    expect(lines.map(({ level }) => level)).toEqual(['error', 'info']);
    const reopened = await open(disk.crash());
    expect(reopened.events.at('kept', 1)?.data.toString()).toBe('after');
    expect(reopened.events.at('kept', 2)).toBeUndefined();
  });

  it('what a failed sync may or may not have kept is taken back before anything else is written', async () => {
    const disk = new SimulatedDisk(seeded(2));
    const store = await open(disk);
    await append(store, 'before');
    let failing = true;
    disk.fail = (operation, name) => {
      if (failing && operation === 'sync' && name.startsWith('events')) throw systemError('EIO');
    };
    expect(await append(store, 'refused')).toMatchObject({ outcome: 'failed', error: { code: 'EIO' } });
    expect(await append(store, 'still refused')).toMatchObject({ outcome: 'failed' });
    failing = false;
    expect(await append(store, 'after')).toMatchObject({ outcome: 'written', revision: 1 });
    const reopened = await open(disk.crash());
    expect([0, 1, 2].map((revision) => reopened.events.at('kept', revision)?.data.toString())).toEqual([
      'before',
      'after',
      undefined,
    ]);
  });
});

describe('when a bit flips', () => {
  it('an acknowledged record that changed is refused and named at the next start', async () => {
    const disk = new SimulatedDisk(seeded(3));
    const store = await open(disk);
    for (let count = 0; count < 20; count++)
      await store.write({ kind: 'append', stream: 'flipped', expected: 'any', events: [eventOf(`event ${count}`)] });
    const position = store.events.at('flipped', 9)?.position as number;
    await store.close();
    const bytes = disk.bytes('events-0000000000000064.log');
    bytes[position + 100] = (bytes[position + 100] as number) ^ 4;
    const failure = await open(disk).catch((error) => error);
    expect(failure).toBeInstanceOf(LogRefused);
    expect(failure.message).toContain(`events-0000000000000064.log is damaged at position ${position}`);
  });

  it('the last acknowledged record is protected as well once the mark is written', async () => {
    const disk = new SimulatedDisk(seeded(4));
    const store = await open(disk);
    await store.write({ kind: 'append', stream: 'flipped', expected: 'any', events: [eventOf('only')] });
    const position = store.events.at('flipped', 0)?.position as number;
    await store.close();
    const bytes = disk.bytes('events-0000000000000064.log');
    bytes[position + 60] = (bytes[position + 60] as number) ^ 1;
    await expect(open(disk)).rejects.toThrow(`damaged at position ${position}`);
  });

  it('a record that changes under a running server is named, never served', async () => {
    const disk = new SimulatedDisk(seeded(5));
    const store = await open(disk);
    await store.write({ kind: 'append', stream: 'flipped', expected: 'any', events: [eventOf('only')] });
    const { position } = store.events.at('flipped', 0) as { position: number };
    await store.close();
    const again = await Events.open({ files: disk, fsync: 'always', segmentBytes: 256 * 1024, report: () => {} });
    const bytes = disk.bytes('events-0000000000000064.log');
    bytes[position + 60] = (bytes[position + 60] as number) ^ 1;
    expect(() => again.at('flipped', 0)).toThrow(`the record at position ${position} in events-0000000000000064.log`);
  });

  it('a log of a newer format is refused', async () => {
    const disk = new SimulatedDisk(seeded(6));
    await (await open(disk)).close();
    disk.bytes('events-0000000000000064.log').writeUInt32LE(3, 8);
    await expect(open(disk)).rejects.toThrow(/storage format 3; this program knows formats up to 2/);
  });
});
