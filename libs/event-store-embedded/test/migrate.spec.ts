import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { LogLine } from '../src/log/log-options.js';
import { unpack } from '../src/log/stored-event.js';
import { Store } from '../src/store/store.js';
import { SimulatedDisk, seeded, systemError } from './simulated-disk.js';

const open = (files: SimulatedDisk, lines: LogLine[] = []) =>
  Store.open({ files, fsync: 'always', segmentBytes: 4096, report: (line) => lines.push(line) });

const eventOf = (text: string) => ({
  id: randomUUID(),
  type: 'written',
  contentType: 'text/plain',
  metadata: new Uint8Array(0),
  data: Buffer.from(text),
});

const contents = ({ events }: Store): string[] =>
  Array.from({ length: events.index.size }, (_, ordinal) => unpack(events.bodyAt(ordinal)).recorded.toString('base64'));

const segmentsOf = (disk: SimulatedDisk) => disk.list().filter((name) => /^events-/.test(name));

/** A store of several files, written down as format 1 had it: no id of the log. */
const older = async (): Promise<{ disk: SimulatedDisk; expected: string[] }> => {
  const disk = new SimulatedDisk(seeded(1));
  const store = await open(disk);
  for (let n = 0; n < 40; n++) {
    const events = [eventOf(`${n} ${'x'.repeat(400)}`)];
    await store.write({ kind: 'append', stream: `s-${n % 3}`, expected: 'any', events });
  }
  const expected = contents(store);
  await store.close();
  for (const name of segmentsOf(disk)) {
    const header = disk.bytes(name).subarray(0, 64);
    header.writeUInt32LE(1, 8);
    header.fill(0, 20, 36);
    header.writeUInt32LE(crc32(header.subarray(0, 60)), 60);
  }
  return { disk, expected };
};

describe('a log of an older format', () => {
  it('is brought to this one with a copy kept, and goes on', async () => {
    const { disk, expected } = await older();
    const names = segmentsOf(disk);
    expect(names.length).toBeGreaterThan(2);
    const before = names.map((name) => Buffer.from(disk.bytes(name)));
    const lines: LogLine[] = [];
    const store = await open(disk, lines);
    expect(contents(store)).toEqual(expected);
    expect(lines).toEqual([expect.objectContaining({ level: 'info', format: 2, kept: 'before-format-2' })]);
    for (const [index, name] of names.entries()) {
      expect(disk.bytes(`before-format-2/${name}`).equals(before[index] as Buffer)).toBe(true);
      expect(disk.bytes(name).readUInt32LE(8)).toBe(2);
    }
    await store.write({ kind: 'append', stream: 's-0', expected: 'any', events: [eventOf('after')] });
    await store.close();
    const again = await open(disk, lines);
    expect(contents(again)).toHaveLength(expected.length + 1);
    expect(lines).toHaveLength(1);
  });

  it('is brought there all the same when that was interrupted', async () => {
    const { disk, expected } = await older();
    let left = 2;
    disk.fail = (operation, name) => {
      if (operation === 'sync' && name.startsWith('migrating') && left-- === 0) throw systemError('EIO');
    };
    await expect(open(disk)).rejects.toThrow('EIO');
    disk.fail = () => {};
    expect(new Set(segmentsOf(disk).map((name) => disk.bytes(name).readUInt32LE(8)))).toEqual(new Set([1, 2]));
    expect(contents(await open(disk))).toEqual(expected);
  });

  it('is refused when one of its files is of another log', async () => {
    const [{ disk }, { disk: other }] = [await older(), await older()];
    await (await open(disk)).close();
    await (await open(other)).close();
    const name = segmentsOf(disk)[1] as string;
    other.bytes(name).copy(disk.bytes(name));
    await expect(open(disk)).rejects.toThrow(`${name} belongs to another log`);
  });
});
