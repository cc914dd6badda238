import { randomBytes } from 'node:crypto';
import fs, { appendFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyFile, type StoredKey } from './key-file.js';

const subject = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [ANN, BOB] = [subject(1), subject(2)];
const keyOf = (of: string, version = 1): StoredKey => ({
  subject: of,
  version,
  master: '0a1b2c3d',
  box: randomBytes(60),
});

describe('the file of keys', () => {
  let folder: string;
  let path: string;
  const opened: KeyFile[] = [];
  const open = async () => {
    const file = await KeyFile.open(path);
    opened.push(file);
    return file;
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keys-'));
    path = join(folder, 'subject.keys');
  });
  afterEach(async () => {
    for (const file of opened.splice(0)) await file.close();
    rmSync(folder, { recursive: true });
  });

  it('is for its owner only, and finds what it was given, in a later process too', async () => {
    const [first, second, other] = [keyOf(ANN), keyOf(ANN, 2), keyOf(BOB)];
    const file = await open();
    await file.append([first, other]);
    await file.append([second]);
    expect(statSync(path)).toMatchObject({ mode: 0o100600, size: 3 * 96 });
    for (const one of [file, await open()]) {
      expect(one.find(ANN)).toEqual([first, second]);
      expect(one.find(BOB)).toEqual([other]);
      expect(one.find(subject(3))).toBeUndefined();
      expect([...one.subjects()]).toEqual([ANN, BOB]);
    }
  });

  it('counts the first of two that were made for one person at once', async () => {
    const [mine, theirs] = [await open(), await open()];
    const [first, second] = [keyOf(ANN), keyOf(ANN)];
    await mine.append([first]);
    await theirs.append([second]);
    mine.refresh();
    for (const one of [mine, theirs, await open()]) expect(one.find(ANN)).toEqual([first]);
  });

  it.each([1, 40, 86, 90, 91, 92, 95])('passes over a record that was cut off after %i bytes', async (length) => {
    const [ann, torn, bob] = [keyOf(ANN), keyOf(subject(3)), keyOf(BOB)];
    const file = await open();
    await file.append([ann, torn]);
    truncateSync(path, 96 + length);
    const after = await open();
    expect([after.find(ANN), after.find(torn.subject)]).toEqual([[ann], undefined]);
    await after.append([bob]);
    for (const one of [after, await open()]) expect(one.find(BOB)).toEqual([bob]);
  });

  it('takes up a record that another process was still writing', async () => {
    const maker = await open();
    await maker.append([keyOf(ANN), keyOf(BOB)]);
    const [ann, bob] = [maker.find(ANN), maker.find(BOB)];
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, 96 + 50));
    const reader = await open();
    expect([reader.find(ANN), reader.find(BOB)]).toEqual([ann, undefined]);
    appendFileSync(path, whole.subarray(96 + 50));
    reader.refresh();
    expect(reader.find(BOB)).toEqual(bob);
  });

  it('keeps nothing of a key that was destroyed, whoever has the file open', async () => {
    const [first, second, other] = [keyOf(ANN), keyOf(ANN, 2), keyOf(BOB)];
    const [file, reader] = [await open(), await open()];
    await file.append([first, other, second]);
    reader.refresh();
    expect(readFileSync(path).includes(first.box)).toBe(true);
    await file.destroy(ANN);
    await file.destroy(ANN);
    const left = readFileSync(path);
    for (const { box } of [first, second])
      for (let at = 0; at + 8 <= box.length; at++) expect(left.includes(box.subarray(at, at + 8))).toBe(false);
    for (const one of [file, reader, await open()]) {
      expect(one.find(ANN)).toEqual([null, null]);
      expect(one.find(BOB)).toEqual([other]);
    }
    expect(left.length).toBe(3 * 96);
  });

  it('wraps anew where a key lies, and leaves the destroyed alone', async () => {
    const file = await open();
    await file.append([keyOf(ANN), keyOf(BOB), keyOf(BOB, 2)]);
    await file.destroy(ANN);
    const box = randomBytes(60);
    await file.rewrap([ANN, BOB], (key) => ({ ...key, master: 'ffffffff', box }));
    const bob = { subject: BOB, master: 'ffffffff', box };
    for (const one of [file, await open()]) {
      expect(one.find(ANN)).toEqual([null]);
      expect(one.find(BOB)).toEqual([
        { ...bob, version: 1 },
        { ...bob, version: 2 },
      ]);
    }
  });

  it('names the place of what is damaged, and takes it for nothing else', async () => {
    const file = await open();
    await file.append([keyOf(ANN), keyOf(BOB)]);
    const bytes = readFileSync(path);
    bytes[96 + 30] = (bytes[96 + 30] as number) ^ 1;
    writeFileSync(path, bytes);
    expect(() => file.find(BOB)).toThrow('the key file is damaged at byte 96');
    expect(file.find(ANN)).toHaveLength(1);
    expect((await open()).find(BOB)).toBeUndefined();
  });

  it('reads again what it saw half written', async () => {
    const [reader, writer] = [await open(), await open()];
    const [old, wrapped] = [keyOf(ANN), randomBytes(60)];
    await reader.append([old]);
    const before = readFileSync(path);
    await writer.rewrap([ANN], (key) => ({ ...key, box: wrapped }));
    const after = readFileSync(path);
    const half = Buffer.concat([before.subarray(0, 50), after.subarray(50)]);
    jest.spyOn(fs, 'readSync').mockImplementationOnce((_, block) => half.copy(block as Buffer));
    expect(reader.find(ANN)).toEqual([{ ...old, box: wrapped }]);
    jest.restoreAllMocks();
  });

  it('keeps its records whole while two processes add thousands', async () => {
    const [mine, theirs] = [await open(), await open()];
    const many = (from: number) => Array.from({ length: 9_000 }, (_, n) => keyOf(subject(from + n)));
    const [left, right] = [many(10_000), many(30_000)];
    await Promise.all([mine.append(left), theirs.append(right)]);
    const after = await open();
    expect([...left, ...right].filter((key) => !after.find(key.subject)?.[0]?.box.equals(key.box))).toEqual([]);
  });

  it('is about people only', async () => {
    const file = await open();
    await expect(file.append([keyOf('not-a-uuid')])).rejects.toThrow('a subject is a UUID');
  });
});
