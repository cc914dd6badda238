import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { Forgotten, type Sealed, type SealedPart, Unreadable } from '#application';
import type { Fact } from '#kernel';
import { someMeta } from '#testing';
import { fingerprints } from './fingerprints.js';
import { KeyRing } from './key-ring.js';
import { masterKeyOf } from './master-key.js';
import { sealedEvents } from './sealed-events.js';

const subject = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [ANN, BOB] = [subject(1), subject(2)];
const roles = { Told: { by: 'teller', name: 'teller', of: 'heard' }, Said: {} };
const personal = (type: string) => roles[type as keyof typeof roles] ?? {};
const fact = (data: object, more: Partial<Fact> = {}): Fact => ({
  id: subject(9),
  type: 'Told',
  data,
  meta: someMeta,
  customers: [
    { id: ANN, role: 'teller' },
    { id: BOB, role: 'heard' },
    { id: ANN, role: 'payer' },
  ],
  ...more,
});
const request = (whom: string) => ({
  subject: whom,
  at: '2026-03-01T09:00:00.000Z',
  by: { kind: 'person', id: 'dpo' } as const,
});

let folder: string;
let ring: KeyRing;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealed-'));
  const places = { keys: join(folder, 'keys'), destroyed: join(folder, 'destroyed'), log: 'log' };
  ring = await KeyRing.open(places, { keys: () => [masterKeyOf(Buffer.alloc(32, 1))] });
});
afterEach(async () => {
  await ring.close();
  rmSync(folder, { recursive: true });
});

describe('a sealed event', () => {
  const sealing = () => sealedEvents(() => ring, personal);
  type Stored = Sealed & Readonly<{ personal: readonly [SealedPart, SealedPart] }>;
  const sealed = async (one: Fact, version = 1): Promise<Stored> => {
    const [stored] = await sealing().seal([{ fact: one, schemaVersion: version }]);
    return stored as Stored;
  };
  const said = { by: 'Ann Lee', name: '安', of: { is: ['Bob', null, 0.5] }, topic: 'invoice' };

  it('holds one ciphertext for each person, and gives back what was said', async () => {
    const stored = await sealed(fact(said));
    expect(stored).toEqual({
      data: { topic: 'invoice' },
      personal: [
        { subject: ANN, fields: ['by', 'name'], key: 1, sealed: expect.any(String) },
        { subject: BOB, fields: ['of'], key: 1, sealed: expect.any(String) },
      ],
    });
    const text = JSON.stringify(stored);
    for (const name of ['Ann', '安', 'Bob']) expect(text).not.toContain(name);
    expect(sealing().open({ ...fact({}), ...stored }, 1)).toEqual(said);
  });

  it('seals what is there, and nothing where nothing personal is', async () => {
    expect((await sealed(fact({ of: '' }))).personal.map((part) => part.subject)).toEqual([BOB]);
    for (const one of [fact({ topic: 'invoice' }), fact(said, { type: 'Said', customers: [] })])
      expect(await sealed(one)).toEqual({ data: one.data });
    expect(sealing().open(fact({ topic: 'invoice' }), 1)).toEqual({ topic: 'invoice' });
  });

  it('looks different each time', async () => {
    const boxes = [await sealed(fact(said)), await sealed(fact(said))].map(({ personal: [part] }) => part.sealed);
    expect(boxes[0]).not.toBe(boxes[1]);
  });

  it.each<[string, (anns: SealedPart) => [Partial<Fact & Sealed>, number]]>([
    ['of another id', () => [{ id: subject(8) }, 1]],
    ['of another type', () => [{ type: 'Said' }, 1]],
    ['of another shape', () => [{}, 2]],
    ['of another person', (anns) => [{ personal: [{ ...anns, subject: BOB }] }, 1]],
    ['cut short', (anns) => [{ personal: [{ ...anns, sealed: 'AAAA' }] }, 1]],
    [
      'changed by a bit',
      (anns) => {
        const bytes = Buffer.from(anns.sealed, 'base64');
        bytes[20] = (bytes[20] as number) ^ 1;
        return [{ personal: [{ ...anns, sealed: bytes.toString('base64') }] }, 1];
      },
    ],
    ['under a key that is not there', (anns) => [{ personal: [{ ...anns, key: 7 }] }, 1]],
    ['of somebody without a key', (anns) => [{ personal: [{ ...anns, subject: subject(5) }] }, 1]],
  ])('cannot be read when it is %s, and says nothing of what it holds', async (_, change) => {
    const stored = await sealed(fact(said));
    const [more, version] = change(stored.personal[0]);
    const open = () => sealing().open({ ...fact({}), ...stored, ...more }, version);
    expect(open).toThrow(Unreadable);
    expect(open).not.toThrow(/Ann|安/);
  });

  it('keeps the other person when one is forgotten', async () => {
    const stored = await sealed(fact(said));
    await ring.destroy(request(ANN));
    const erased = { erased: true };
    expect(sealing().open({ ...fact({}), ...stored }, 1)).toEqual({ ...said, by: erased, name: erased });
    await ring.destroy(request(BOB));
    expect(sealing().open({ ...fact({}), ...stored }, 1)).toEqual({
      by: erased,
      name: erased,
      of: erased,
      topic: 'invoice',
    });
  });

  it('is refused of somebody who is forgotten, also between making ready and sealing, and of what was forgotten', async () => {
    const prepare = ring.prepare.bind(ring);
    jest.spyOn(ring, 'prepare').mockImplementationOnce(async (subjects) => {
      await prepare(subjects);
      await ring.destroy(request(ANN));
    });
    await expect(sealed(fact(said))).rejects.toThrow(Forgotten);
    expect(ring.prepare).toHaveBeenCalledTimes(1);
    await expect(sealed(fact(said))).rejects.toThrow(Forgotten);
    await expect(sealed(fact({ of: { erased: true } }))).rejects.toMatchObject({ subject: BOB });
    await sealed(fact({ of: 'Bob' }));
  });

  it('must know whose it is', async () => {
    const customers = [
      { id: ANN, role: 'teller' },
      { id: BOB, role: 'teller' },
    ];
    await expect(sealed(fact({ by: 'Ann' }, { customers }))).rejects.toThrow('Told.by: one teller');
    await expect(sealed(fact({ of: 'Bob' }, { customers }))).rejects.toThrow('Told.of: one heard');
  });

  it('stays readable under the key it was sealed with', async () => {
    const before = await sealed(fact(said));
    await ring.rotate();
    const after = await sealed(fact(said));
    expect(after.personal[0].key).toBe(2);
    for (const stored of [before, after]) expect(sealing().open({ ...fact({}), ...stored }, 1)).toEqual(said);
  });
});

describe('a fingerprint', () => {
  const marks = () => fingerprints(() => ring, Buffer.alloc(32, 3));

  it('tells what was said from something else, whoever it is about', async () => {
    for (const about of [[], [ANN], [BOB, ANN, BOB]]) {
      const mark = await marks().of(about, 'said');
      expect(mark && marks().matches(mark, 'said')).toBe(true);
      expect(mark && marks().matches(mark, 'said otherwise')).toBe(false);
    }
  });

  it('is the same in whatever order they are named, and another for others', async () => {
    const [one, same, other, none] = await Promise.all(
      [[ANN, BOB], [BOB, ANN], [ANN], []].map((about) => marks().of(about, 'said')),
    );
    expect(one).toEqual({ mac: expect.any(String), keys: { [ANN]: 1, [BOB]: 1 } });
    expect(same).toEqual(one);
    expect(new Set([one, other, none].map((mark) => mark?.mac)).size).toBe(3);
    expect(none).toEqual({ mac: expect.any(String) });
  });

  it('means nothing once the key of one of its people is gone', async () => {
    const both = await marks().of([ANN, BOB], 'said');
    const bobs = await marks().of([BOB], 'said');
    await ring.destroy(request(ANN));
    expect(both && [marks().matches(both, 'said'), marks().matches(both, 'other')]).toEqual([undefined, undefined]);
    expect(bobs && marks().matches(bobs, 'said')).toBe(true);
    await expect(marks().of([BOB, ANN], 'said')).rejects.toThrow(Forgotten);
  });

  it('outlives the change of keys', async () => {
    const before = await marks().of([ANN, BOB], 'said');
    await ring.rotate();
    expect(before && [marks().matches(before, 'said'), marks().matches(before, 'other')]).toEqual([true, false]);
    expect((await marks().of([ANN], 'said'))?.keys).toEqual({ [ANN]: 2 });
  });

  it('that was changed matches nothing', async () => {
    const mark = await marks().of([ANN], 'said');
    for (const mac of ['', 'AAAA', `${mark?.mac}AA`])
      expect(marks().matches({ mac, keys: mark?.keys ?? {} }, 'said')).toBe(false);
  });

  it('passes on who is forgotten', async () => {
    const heard = jest.fn();
    marks().onForgotten(heard);
    await ring.destroy(request(ANN));
    expect(heard).toHaveBeenCalledTimes(1);
  });
});
