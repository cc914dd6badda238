import { createHmac } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Table } from '#postgres';
import { KeyRing } from './key-ring.js';
import { masterKeyOf } from './master-key.js';
import { SealedRows } from './sealed-rows.js';

const subject = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [ANN, BOB] = [subject(1), subject(2)];
type Row = Readonly<Record<string, unknown>>;

const people: Table<Row> = {
  name: 'people',
  key: ['id'],
  columns: {
    id: 'uuid',
    status: 'text',
    name: { type: 'text', nullable: true, personal: 'identity' },
    points: { type: 'jsonb', personal: 'contact' },
    note: { type: 'text', personal: 'free_text' },
  },
  indexes: [],
  subject: 'id',
};
const found: Table<Row> = {
  name: 'found',
  key: ['entry'],
  columns: { entry: 'text', who: 'uuid', kind: 'text', value: { type: 'text', blind: 'kind' } },
  indexes: [],
  subject: 'who',
  forgotten: 'removed',
};
const plain: Table<Row> = { name: 'plain', key: ['id'], columns: { id: 'uuid', name: 'text' }, indexes: [] };
const ann = { id: ANN, status: 'open', name: 'Ann Lee', points: [{ phone: '+4420' }], note: 'calls at nine' };
const request = (whom: string) => ({
  subject: whom,
  at: '2026-03-01T09:00:00.000Z',
  by: { kind: 'person', id: 'dpo' } as const,
});
const blind = (kind: string, value: string) => createHmac('sha256', kind).update(value).digest('base64url');

describe('sealed rows', () => {
  let folder: string;
  let ring: KeyRing;
  let rows: SealedRows;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rows-'));
    const places = { keys: join(folder, 'keys'), destroyed: join(folder, 'destroyed'), log: 'log' };
    ring = await KeyRing.open(places, { keys: () => [masterKeyOf(Buffer.alloc(32, 1))] });
    rows = new SealedRows(() => ring, blind);
  });
  afterEach(async () => {
    await ring.close();
    rmSync(folder, { recursive: true });
  });
  const sealed = async (table: Table<Row>, ...given: readonly Row[]) => {
    await rows.prepare(table, given);
    return rows.seal(table, given);
  };

  it('hold what is personal in one column, and open to what they were', async () => {
    const [stored] = await sealed(people, ann);
    expect(stored).toEqual({ id: ANN, status: 'open', sealed: expect.stringMatching(/^1:[\w+/=]+$/) });
    expect(rows.open(people, [stored as Row])).toEqual([ann]);
    expect(rows.read(people, [stored as Row])).toEqual([ann]);
    expect([rows.subjectOf(people, ann), rows.subjectOf(plain, ann)]).toEqual([ANN, undefined]);
  });

  it('are the same bytes for the same row, also in the table that is filled beside', async () => {
    const [one] = await sealed(people, ann);
    const again = new SealedRows(() => ring, blind);
    expect(again.seal(people, [ann])).toEqual([one]);
    expect(again.seal({ ...people, name: 'people__next', columns: { ...people.columns } }, [ann])).toEqual([one]);
    const others = [
      again.seal(people, [{ ...ann, note: 'calls at ten' }]),
      again.seal({ ...people, name: 'folk', columns: { ...people.columns } }, [ann]),
    ];
    for (const [other] of others) {
      expect(other?.sealed).not.toBe(one?.sealed);
      expect(String(other?.sealed).slice(2, 18)).not.toBe(String(one?.sealed).slice(2, 18)); // no nonce twice
    }
  });

  it('do not open in another place', async () => {
    const [stored] = await sealed(people, ann, { ...ann, id: BOB });
    expect(() => rows.open(people, [{ ...stored, id: BOB }])).toThrow();
    expect(() => rows.open(people, [{ ...stored, sealed: '1:AAAA' }])).toThrow();
    expect(() => rows.open(people, [{ ...stored, sealed: 'Ann Lee' }])).toThrow('a key that is not there');
    expect(() => rows.open(people, [{ ...stored, sealed: String(stored?.sealed).replace('1:', '2:') }])).toThrow(
      'a key that is not there',
    );
  });

  it('hold nothing where nothing is said, and need no key for it', async () => {
    const blank = { id: ANN, status: 'open', name: null, points: [], note: '' };
    const [stored] = await sealed(people, blank);
    expect(stored).toEqual({ id: ANN, status: 'open', sealed: null });
    expect(rows.open(people, [stored as Row])).toEqual([blank]);
    expect(ring.knows(ANN)).toBe(false);
    await expect(sealed(people, { id: ANN, status: 'open', name: null, points: [] })).rejects.toThrow(
      'people.note is undefined',
    );
  });

  it('of somebody who is forgotten hold a mark, and say so to a reader', async () => {
    const stored = await sealed(people, ann, { ...ann, id: BOB });
    await ring.destroy(request(ANN));
    const erased = { erased: true };
    const blanks = { name: null, points: [], note: '' };
    const told = { id: ANN, status: 'open', name: erased, points: erased, note: erased };
    // Before the row was touched, and after.
    for (const row of [stored[0], { ...stored[0], sealed: 'forgotten' }] as Row[]) {
      expect(rows.read(people, [row])).toEqual([told]);
      expect(rows.open(people, [row])).toEqual([{ ...ann, ...blanks }]);
    }
    expect(await sealed(people, ann)).toEqual([{ id: ANN, status: 'open', sealed: 'forgotten' }]);
    expect(await sealed(people, { ...ann, ...blanks })).toEqual([{ id: ANN, status: 'open', sealed: 'forgotten' }]);
    expect(rows.blanked(people, ann)).toEqual({ ...ann, ...blanks });
    expect(rows.open(people, [stored[1] as Row])).toEqual([{ ...ann, id: BOB }]);
  });

  it('keep a fingerprint of what is sought, and no row of who is forgotten', async () => {
    const entries = [ANN, BOB].map((who) => ({ entry: `${who}:name`, who, kind: 'name', value: 'Lee' }));
    const stored = await sealed(found, ...entries);
    expect(stored).toEqual(entries.map((entry) => ({ ...entry, value: blind('name', 'Lee') })));
    expect([ring.knows(ANN), rows.open(found, stored)]).toEqual([false, stored]);
    await ring.destroy(request(ANN));
    expect(await sealed(found, ...entries)).toEqual([stored[1]]);
  });

  it('stay as they are where nothing is personal, and must say whose they are where something is', async () => {
    const given = [{ id: ANN, name: 'a name of a thing' }];
    expect(await sealed(plain, ...given)).toEqual(given);
    expect([rows.open(plain, given), rows.blanked(plain, given[0] as Row)]).toEqual([given, given[0]]);
    const { subject: _, ...nobodys } = people;
    await expect(sealed(nobodys, ann)).rejects.toThrow('people has personal fields and does not say whose');
  });
});
