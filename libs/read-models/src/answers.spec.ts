import { type Asking, type FieldClass, fieldClasses } from '#access';
import { slices } from '#domain';
import { type AnySlice, isVeil, MASKED } from '#kernel';
import { personalFieldsOf } from '#postgres';
import { type Asked, acme, ann, bob, cara, dora, eve, everybody, startViews, uuid, who } from '../test/stories.js';
import { ListBookings } from './bookings/bookings.query.js';
import { callbacksTable } from './callbacks/callbacks.table.js';
import { complaintsTable } from './complaints/complaints.table.js';
import { overviewFields } from './customer-overview.query.js';
import { customerProfileTable } from './customer-profile/customer-profile.table.js';
import { type Fields, written } from './fields.js';
import { pointsTable } from './points/points.table.js';
import { followed, type Question, questions } from './questions.js';
import { outOfScope, seesCustomer } from './scope.js';

const all = new Set<FieldClass>(fieldClasses);
const only = (...classes: readonly FieldClass[]) => new Set(classes);

/** Where an answer and its declaration differ: what has no class, and what never came. */
const differences = (answer: unknown, fields: Fields, place = ''): readonly string[] => {
  if (typeof fields === 'string') return [];
  if (Array.isArray(answer)) {
    const each = new Set(answer.flatMap((item) => differences(item, fields, `${place}[]`)));
    return answer.length === 0 ? [`${place} is empty`] : [...each];
  }
  const told = Object.keys(Object(answer));
  const undeclared = told.filter((name) => !Object.hasOwn(fields, name)).map((name) => `${place}.${name} undeclared`);
  const nested = Object.entries(fields).flatMap(([name, field]) =>
    told.includes(name)
      ? differences(Reflect.get(Object(answer), name), field, `${place}.${name}`)
      : [`${place}.${name} never comes`],
  );
  return [...undeclared, ...nested];
};

let views: Asked;
beforeAll(async () => {
  views = await startViews();
});
afterAll(() => views?.stop());

const fieldsOf: Readonly<Record<string, object>> = {
  SearchCustomers: { query: 'PO-1' },
};
const ask = ({ shape, path }: Question, asking?: Asking) =>
  views.ask(shape, { ...(path.includes(':id') && { id: ann }), ...fieldsOf[shape.name] }, asking);

describe('what answers tell', () => {
  it.each(questions.map((question) => [question.shape.name, question] as const))(
    '%s has a class for every field, and no other',
    async (_, question) => {
      const answer = await ask(question);
      expect(differences(answer, question.fields)).toEqual([]);
      expect(written(answer, question.fields, all)).toEqual(answer);
    },
  );

  it('is the same for who follows', async () => {
    const question = Object.assign(new followed.shape(everybody), { id: ann, position: -1n, limit: 2, lang: 'en' });
    const entries = await new followed.handler(views.sql).execute(question);
    expect(differences(entries, followed.fields)).toEqual([]);
  });

  it('is found out when a field has no class, or a class is of nothing', () => {
    expect(differences({ a: 1, b: [{ c: 2 }] }, { a: 'audit', b: { d: 'audit' } })).toEqual([
      '.b[].c undeclared',
      '.b[].d never comes',
    ]);
  });

  it('is of the class that its personal column has', () => {
    const declared = overviewFields as Readonly<Record<string, Fields>>;
    const open = declared.open as Readonly<Record<string, Fields>>;
    const places = [
      [customerProfileTable, declared],
      [complaintsTable, open.complaints],
      [callbacksTable, open.callbacks],
      [pointsTable, declared.points],
    ] as const;
    for (const [table, fields] of places)
      for (const [name, personal] of personalFieldsOf<never>(table as never))
        expect([table.name, name, Reflect.get(Object(fields), name)]).toEqual([table.name, name, personal]);
  });

  it('is masked where its class is not granted, whatever it is', async () => {
    const answer = await ask(questions.find(({ path }) => path === 'customers/:id') as never);
    expect(written(answer, overviewFields, only('operational'))).toMatchObject({
      id: ann,
      status: 'registered',
      name: MASKED,
      churn: MASKED,
      open: { bookings: [{ id: uuid('b2'), status: 'confirmed', total: MASKED, lines: MASKED }] },
    });
    const nothing = written(answer, overviewFields, only());
    const leaves = (value: unknown): readonly unknown[] =>
      isVeil(value) || Object(value) !== value ? [value] : Object.values(value as object).flatMap(leaves);
    expect(leaves(nothing).length).toBeGreaterThan(60);
    expect(leaves(nothing).filter((leaf) => !isVeil(leaf))).toEqual([]);
  });

  it('is left out where nobody has said what it is', () => {
    expect(written({ a: 1, secret: 2 }, { a: 'operational' }, all)).toEqual({ a: 1 });
    expect(written('not what was declared', { a: 'operational' }, all)).toEqual({});
    expect(written([{ a: null }, null], { a: { b: 'operational' } }, all)).toEqual([{ a: null }, null]);
  });
});

describe('whom answers are about', () => {
  /** Of these customers, those that an answer names anywhere. */
  const named = (answer: unknown) => {
    const text = JSON.stringify(answer, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    return [ann, bob, cara, acme, dora, eve].filter((id) => text.includes(id));
  };
  const lists = questions.filter(({ path, shape }) => !path.includes(':id') && shape !== ListBookings);

  it.each(lists.map((question) => [question.shape.name, question] as const))(
    '%s leaves out those of other teams',
    async (_, question) => {
      const everyone = named(await ask(question));
      const seen = async (...teams: readonly string[]) => named(await ask(question, who(teams)));
      expect(await seen('north', 'south')).toEqual(everyone);
      expect(await seen('north')).toEqual(everyone.filter((id) => id !== bob));
      expect(await seen()).toEqual(everyone.filter((id) => id !== bob && id !== cara));
    },
  );

  it('depends on who was named when the question was made, and on nothing that is said later', () => {
    const question = new ListBookings(who(['north']));
    expect(() => Object.assign(question, { asking: everybody })).toThrow(TypeError);
    expect(question.asking.scope).toBe('team');
  });

  it('are lists in which some are of other teams', async () => {
    const told = new Set<string>();
    for (const question of lists) for (const id of named(await ask(question))) told.add(id);
    expect([...told]).toEqual(expect.arrayContaining([ann, bob, cara]));
  });

  it('show a booking to whose customer is in it, and not when all are of others', async () => {
    await views.sql(`update bookings set customers = array[$1::text] where booking_id = $2`, [bob, uuid('b1')]);
    const seen = async (...teams: readonly string[]) =>
      (await views.ask(ListBookings, {}, who(teams))).items.map(({ id }) => id);
    expect(await seen('north')).toEqual(['b3', 'b2'].map(uuid));
    expect(await seen('south')).toEqual(['b3', 'b2', 'b1'].map(uuid));
    await views.sql(`update bookings set customers = '{}' where booking_id = $1`, [uuid('b1')]);
    expect(await seen()).toEqual(['b3', 'b2', 'b1'].map(uuid));
  });

  it('are those who are known to be of no other team', async () => {
    const sees = (id: string, ...teams: readonly string[]) => seesCustomer(views.sql, who(teams), id);
    expect([await sees(bob), await sees(bob, 'south'), await sees(ann), await sees(uuid('99'))]).toEqual([
      false,
      true,
      true,
      true,
    ]);
    expect(await seesCustomer(views.sql, everybody, bob)).toBe(true);
  });

  it.each<[string, string | undefined, readonly string[], string | undefined]>([
    ['customer', bob, [], 'stream'],
    ['customer', cara, [], undefined],
    ['customer', uuid('99'), [], undefined],
    ['customer', ann, [bob], 'customer'],
    ['customer', undefined, [ann, uuid('c1'), bob], 'customer'],
    ['booking', uuid('b2'), [], undefined],
    ['booking', uuid('98'), [ann, cara], undefined],
    ['complaint', uuid('c1'), [], undefined],
    ['callback', uuid('d1'), [], undefined],
    ['loyaltyAccount', uuid('f1'), [], undefined],
  ])('a command to %s %s that names %j is out of scope by its %s', async (category, id, names, why) => {
    const said = { category, id, named: () => names };
    expect(await outOfScope(views.sql, who(['north']), said)).toBe(why);
    expect(await outOfScope(views.sql, everybody, said)).toBeUndefined();
  });

  it('are known of every slice', async () => {
    await views.sql(`update complaints set customers = array[$1::text]`, [bob]);
    await views.sql(`update bookings set customers = array[$1::text]`, [bob]);
    await views.sql(`update callbacks set requester = $1`, [bob]);
    await views.sql(`update points set member = $1`, [bob]);
    const ids: Readonly<Record<string, string>> = {
      customer: bob,
      booking: uuid('b1'),
      complaint: uuid('c1'),
      callback: uuid('d1'),
      loyaltyAccount: uuid('f1'),
      relationship: bob,
    };
    for (const { category } of slices as readonly AnySlice[]) {
      const said = { category, id: ids[category] ?? 'calendar.office', named: () => [] };
      expect([category, await outOfScope(views.sql, who(['north']), said)]).toEqual([
        category,
        category === 'policy' ? undefined : 'stream',
      ]);
    }
    const unknown = { category: 'visit', id: ann, named: () => [] };
    await expect(outOfScope(views.sql, who([]), unknown)).rejects.toThrow('visit');
  });
});
