import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, mkdtemp, open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Forgotten } from '#application';
import { KeyRing } from './key-ring.js';
import { CannotOpenKeys, type MasterKey, type MasterKeySource, masterKeyOf, masterKeysIn } from './master-key.js';

const subject = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [ANN, BOB] = [subject(1), subject(2)];
const [OLD, NEW] = [masterKeyOf(Buffer.alloc(32, 1)), masterKeyOf(Buffer.alloc(32, 2))];
const of = (...keys: [MasterKey, ...MasterKey[]]): MasterKeySource => ({ keys: () => keys });
const request = (whom: string) => ({
  subject: whom,
  at: '2026-03-01T09:00:00.000Z',
  by: { kind: 'person', id: 'dpo' } as const,
});

describe('the key ring', () => {
  let folder: string;
  const rings: KeyRing[] = [];
  const places = (log = 'log') => ({ keys: join(folder, 'subject.keys'), destroyed: join(folder, 'destroyed'), log });
  const open = async (masters = of(OLD)) => {
    const ring = await KeyRing.open(places(), masters);
    rings.push(ring);
    return ring;
  };
  const closed = async () => {
    for (const ring of rings.splice(0)) await ring.close();
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ring-'));
  });
  afterEach(async () => {
    await closed();
    jest.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  it('makes a key for each person, once, and finds it again', async () => {
    const ring = await open();
    expect([ring.knows(ANN), ring.at(ANN, 1)]).toEqual([false, undefined]);
    expect(() => ring.current(ANN)).toThrow('no key was made');
    await ring.prepare([ANN, BOB]);
    const [ann, bob] = [ring.current(ANN), ring.current(BOB)];
    expect(ann).toMatchObject({ version: 1 });
    const uses = [ann, bob].flatMap((key) => [key?.event, key?.mac, key?.row, key?.rowNonce]);
    expect(new Set(uses.map((use) => use?.toString('hex'))).size).toBe(8);
    await ring.prepare([ANN]);
    expect(readFileSync(places().keys).length).toBe(2 * 96);
    const again = await open();
    expect([again.current(ANN), again.at(ANN, 1), again.at(ANN, 2), again.knows(ANN)]).toEqual([
      ann,
      ann,
      undefined,
      true,
    ]);
  });

  it('agrees with other processes that make keys for the same people at once', async () => {
    const everybody = Array.from({ length: 300 }, (_, n) => subject(n));
    const three = [await open(), await open(), await open()];
    await Promise.all(three.flatMap((ring) => everybody.map((one) => ring.prepare([one]))));
    for (const one of everybody) {
      const [key, ...others] = three.map((ring) => ring.current(one));
      expect(others).toEqual([key, key]);
    }
  });

  it('writes once for all who ask while it writes', async () => {
    const ring = await open();
    const probe = await openFile(join(folder, 'probe'), 'w');
    const prototype = Object.getPrototypeOf(probe) as FileHandle;
    await probe.close();
    const syncs = jest.spyOn(prototype, 'datasync');
    await Promise.all(Array.from({ length: 200 }, (_, n) => ring.prepare([subject(n)])));
    expect(syncs.mock.calls.length).toBeLessThanOrEqual(3);
    expect(ring.current(subject(199))).toMatchObject({ version: 1 });
  });

  it('tells whoever asked when a key could not be written, and makes it when asked again', async () => {
    const ring = await open();
    const probe = await openFile(join(folder, 'probe'), 'w');
    const prototype = Object.getPrototypeOf(probe) as FileHandle;
    await probe.close();
    jest.spyOn(prototype, 'appendFile').mockRejectedValueOnce(new Error('ENOSPC'));
    await expect(ring.prepare([ANN])).rejects.toThrow('ENOSPC');
    await ring.prepare([ANN]);
    expect(ring.current(ANN)).toMatchObject({ version: 1 });
  });

  it('seals what is new under a new key, and opens what is old, in processes that were there before', async () => {
    const [mine, theirs] = [await open(), await open()];
    await mine.prepare([ANN, BOB]);
    const first = theirs.current(ANN);
    await mine.destroy(request(BOB));
    expect(await mine.rotate()).toBe(1);
    const second = mine.current(ANN);
    expect(second).toMatchObject({ version: 2 });
    expect(second?.event.equals(first?.event as Buffer)).toBe(false);
    // At once for what was sealed under it, and soon for what is to be sealed.
    expect([theirs.at(ANN, 2), theirs.at(ANN, 1)]).toEqual([second, first]);
    theirs.look();
    expect([theirs.current(ANN), theirs.at(BOB, 1), theirs.at(BOB, 2)]).toEqual([second, null, null]);
  });

  it('opens everything under another master key, and needs the old one no more', async () => {
    const ring = await open();
    await ring.prepare([ANN, BOB]);
    await ring.destroy(request(BOB));
    const key = ring.current(ANN);
    const before = readFileSync(places().keys);
    expect(await (await open(of(NEW, OLD))).rewrap()).toBe(2);
    expect((await open(of(NEW))).current(ANN)).toEqual(key);
    expect((await open(of(NEW))).at(BOB, 1)).toBeNull();
    const box = before.subarray(27, 87);
    expect([before.includes(box), readFileSync(places().keys).includes(box)]).toEqual([true, false]);
    const stranger = await open(of(OLD));
    expect(() => stranger.current(ANN)).toThrow(CannotOpenKeys);
    expect(() => stranger.current(ANN)).toThrow(NEW.id);
  });

  it('loses no key that is made while the master key changes', async () => {
    let given: readonly [MasterKey, ...MasterKey[]] = [OLD];
    const asked = jest.fn(() => {
      const told = given;
      given = [NEW];
      return told;
    });
    const ring = await open({ keys: asked });
    await ring.prepare([ANN]);
    const later = await open(of(NEW));
    expect(later.current(ANN)).toEqual((await open(of(NEW, OLD))).current(ANN));
  });

  it('does not bring back a key that is destroyed while it is wrapped anew', async () => {
    const ring = await open();
    await ring.prepare([ANN, BOB]);
    const rewrapping = await open(of(NEW, OLD));
    const probe = await openFile(join(folder, 'probe'), 'w');
    const prototype = Object.getPrototypeOf(probe) as FileHandle;
    await probe.close();
    const write = prototype.write as (...args: unknown[]) => Promise<unknown>;
    jest.spyOn(prototype, 'write').mockImplementationOnce(async function (this: FileHandle, ...args: unknown[]) {
      jest.restoreAllMocks();
      await ring.destroy(request(ANN));
      return write.apply(this, args) as never;
    });
    await rewrapping.rewrap();
    rmSync(places().destroyed);
    const without = await open(of(NEW));
    expect([without.at(ANN, 1), without.at(BOB, 1)]).toEqual([null, expect.objectContaining({ version: 1 })]);
  });

  it('knows nobody who was forgotten, here or in another process, and says so to those who remember', async () => {
    const [mine, theirs] = [await open(), await open()];
    await mine.prepare([ANN, BOB]);
    theirs.current(ANN);
    const heard: string[] = [];
    theirs.onForgotten((whom) => heard.push(whom));
    await mine.destroy(request(ANN));
    await mine.destroy(request(ANN));
    theirs.look();
    theirs.look();
    expect(heard).toEqual([ANN]);
    for (const ring of [mine, theirs, await open()]) {
      expect([ring.isForgotten(ANN), ring.current(ANN), ring.at(ANN, 1), ring.at(ANN, 9)]).toEqual([
        true,
        null,
        null,
        null,
      ]);
      expect([ring.isForgotten(BOB), ring.knows(ANN), ring.knows(BOB)]).toEqual([false, true, true]);
      await expect(ring.prepare([BOB, ANN])).rejects.toThrow(Forgotten);
      await expect(ring.prepare([ANN])).rejects.toMatchObject({ subject: ANN });
    }
    expect(mine.destroyed).toEqual([{ log: 'log', ...request(ANN) }]);
  });

  it('takes an overwritten key for a forgotten one before it has heard of it', async () => {
    const [mine, theirs] = [await open(), await open()];
    await mine.prepare([ANN]);
    theirs.isForgotten(ANN); // it has just looked
    jest.spyOn(performance, 'now').mockReturnValue(performance.now());
    await mine.destroy(request(ANN));
    expect([theirs.isForgotten(ANN), theirs.at(ANN, 1), theirs.current(ANN)]).toEqual([false, null, null]);
  });

  it('can forget somebody who never had a key, and makes none afterwards', async () => {
    const ring = await open();
    await ring.destroy(request(ANN));
    await expect(ring.prepare([ANN])).rejects.toThrow(Forgotten);
    expect(readFileSync(places().keys).length).toBe(0);
  });

  it('destroys again what comes back with a backup', async () => {
    const ring = await open();
    await ring.prepare([ANN, BOB]);
    const backup = readFileSync(places().keys);
    await ring.destroy(request(ANN));
    await closed();
    writeFileSync(places().keys, backup);
    const restored = await open();
    expect(restored.current(ANN)).toBeNull();
    expect(readFileSync(places().keys).includes(backup.subarray(27, 87))).toBe(false);
    rmSync(places().destroyed);
    expect((await open()).at(ANN, 1)).toBeNull();
  });
});

describe('master keys', () => {
  const key = randomBytes(32).toString('base64');
  it('are 32 bytes each, the one in use first', () => {
    const other = randomBytes(32).toString('base64');
    const [first, second] = masterKeysIn(`${key},\n${other}\n`, 'here');
    expect([first.key.toString('base64'), second?.key.toString('base64')]).toEqual([key, other]);
    expect(first.id).toMatch(/^[0-9a-f]{8}$/);
    expect(key).not.toContain(first.id);
  });
  it.each(['', ' ', 'abc', key.slice(1), `${key},abc`, `${key}A`, randomBytes(16).toString('base64')])(
    'are not %p, and the message quotes nothing',
    (text) => {
      expect(() => masterKeysIn(text, 'TOUCHLINE_MASTER_KEY')).toThrow(CannotOpenKeys);
      expect(() => masterKeysIn(text, 'TOUCHLINE_MASTER_KEY')).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(key.slice(1, 20)) }),
      );
    },
  );
});
