import { IsIn, IsInt, Max, Min } from 'class-validator';
import { IsCode, IsId, IsInstant, IsReference, IsText, MayBeAbsent, Rule } from '#domain';
import { type Class, Personal } from '#kernel';
import { type Breach, bodiesOf, breachesBetween, type Contracts, contractsOf } from './compatibility.js';

class Place {
  @IsCode() city!: string;
  @MayBeAbsent() @IsCode() gate?: string;
}
const Nested = (shape: Class) => Rule('nested', () => true, 'an object', { shape });
const ByName = (shape: Class) =>
  Rule('byName', () => true, 'objects', { each: shape, names: '^[a-z]+$', min: 1, max: 9 });
const ListOf = (shape: Class, min = 1, max = 10) => Rule('listOf', () => true, 'a list', { shapes: shape, min, max });

/** The event as it has landed. */
const landed: Readonly<Record<string, readonly PropertyDecorator[]>> = {
  visitor: [IsId()],
  branch: [IsCode()],
  mood: [IsIn(['glad', 'sad'])],
  minutes: [IsInt(), Min(0), Max(600)],
  at: [IsInstant()],
  from: [Nested(Place)],
  stops: [ListOf(Place)],
  ticket: [MayBeAbsent(), IsReference()],
  note: [Personal('visitor'), MayBeAbsent(), IsText(200)],
};

const shaped = (fields: Readonly<Record<string, readonly PropertyDecorator[]>>): Class => {
  class BranchVisited {}
  for (const [field, rules] of Object.entries(fields)) for (const rule of rules) rule(BranchVisited.prototype, field);
  return BranchVisited;
};
const contracts = (fields: typeof landed, version = 1, type = 'BranchVisited'): Contracts =>
  contractsOf({ [type]: shaped(fields) }, () => version);
const without = (field: string) => Object.fromEntries(Object.entries(landed).filter(([name]) => name !== field));
const withField = (field: string, ...rules: readonly PropertyDecorator[]) => ({ ...landed, [field]: rules });

class WiderPlace extends Place {
  @MayBeAbsent() @IsCode() floor?: string;
}
class NarrowerPlace {
  @IsCode() city!: string;
  @IsCode() gate!: string;
}
class OtherPlace {
  @IsCode() town!: string;
  @MayBeAbsent() @IsCode() gate?: string;
}

const none = { upcasters: [], fossils: [] };
const between = (fields: typeof landed) => breachesBetween(contracts(landed), contracts(fields), none);

describe('a change of an event', () => {
  it.each<[string, typeof landed, string, Breach['breach']]>([
    ['a field is gone', without('at'), 'at', 'removed'],
    ['a field is called otherwise', { ...without('at'), on: [IsInstant()] }, 'at', 'renamed'],
    ['an optional one is gone', without('ticket'), 'ticket', 'removed'],
    ['a new field must be there', withField('colour', IsCode()), 'colour', 'newly required'],
    ['an optional one must be there', withField('ticket', IsReference()), 'ticket', 'newly required'],
    ['one that was there may be absent', withField('at', MayBeAbsent(), IsInstant()), 'at', 'newly optional'],
    ['a choice is taken away', withField('mood', IsIn(['glad'])), 'mood', 'narrowed'],
    ['a choice is called otherwise', withField('mood', IsIn(['glad', 'blue'])), 'mood', 'narrowed'],
    ['a text becomes a choice', withField('branch', IsIn(['harbour'])), 'branch', 'narrowed'],
    ['the least is more', withField('minutes', IsInt(), Min(1), Max(600)), 'minutes', 'narrowed'],
    ['the most is less', withField('minutes', IsInt(), Min(0), Max(60)), 'minutes', 'narrowed'],
    ['a text is shorter', withField('note', Personal('visitor'), MayBeAbsent(), IsText(100)), 'note', 'narrowed'],
    ['a pattern is another', withField('ticket', MayBeAbsent(), IsId()), 'ticket', 'narrowed'],
    ['a type is another', withField('minutes', IsText()), 'minutes', 'narrowed'],
    ['a list is shorter', withField('stops', ListOf(Place, 1, 5)), 'stops', 'narrowed'],
    ['a list may not be so short', withField('stops', ListOf(Place, 2)), 'stops', 'narrowed'],
    ['what is nested must be there', withField('from', Nested(NarrowerPlace)), 'from.gate', 'newly required'],
    ['what is nested is called otherwise', withField('from', Nested(OtherPlace)), 'from.city', 'renamed'],
    ['what is in a list must be there', withField('stops', ListOf(NarrowerPlace)), 'stops[].gate', 'newly required'],
    ['a list is no list any more', withField('stops', Nested(Place)), 'stops', 'narrowed'],
    ['what was personal is not', withField('note', MayBeAbsent(), IsText(200)), 'note', 'changed'],
    [
      'what was not personal is',
      withField('ticket', Personal('visitor'), MayBeAbsent(), IsReference()),
      'ticket',
      'changed',
    ],
  ])('is refused: %s', (_, fields, field, breach) =>
    expect(between(fields)).toContainEqual({ place: `BranchVisited.${field}`, breach }),
  );

  it.each<[string, typeof landed]>([
    ['nothing', landed],
    ['a new field that may be absent', withField('colour', MayBeAbsent(), IsCode())],
    ['another choice', withField('mood', IsIn(['sad', 'glad', 'blue']))],
    ['more is possible', withField('minutes', IsInt(), Min(-5), Max(6000))],
    ['a longer text', withField('note', Personal('visitor'), MayBeAbsent(), IsText(2000))],
    ['a longer list', withField('stops', ListOf(Place, 0, 50))],
    ['something new is nested', withField('from', Nested(WiderPlace))],
    ['something new is in a list', withField('stops', ListOf(WiderPlace))],
  ])('is welcome: %s', (_, fields) => expect(between(fields)).toEqual([]));

  it('is refused once for each field', () => expect(between(without('at'))).toHaveLength(1));
});

describe('an event', () => {
  const same = contracts(landed);
  it('may come', () => expect(breachesBetween({}, same, none)).toEqual([]));
  it('never goes', () =>
    expect(breachesBetween(same, {}, none)).toEqual([{ place: 'BranchVisited', breach: 'removed' }]));
  it('is never called otherwise', () =>
    expect(breachesBetween(same, contracts(landed, 1, 'BranchSeen'), none)).toEqual([
      { place: 'BranchVisited', breach: 'renamed' },
    ]));
  it('never goes back to an earlier version', () =>
    expect(breachesBetween(contracts(landed, 2), same, none)).toEqual([
      { place: 'BranchVisited', breach: 'version lowered' },
    ]));

  const [one, two] = ['BranchVisited@1', 'BranchVisited@2'];
  it.each<[string, number, readonly string[], readonly string[], boolean]>([
    ['with an upcaster and a fossil', 2, [one], [one], true],
    ['without a fossil', 2, [one], [], false],
    ['without an upcaster', 2, [], [one], false],
    ['without a version', 1, [one], [one], false],
    ['with both for each of two steps', 3, [one, two], [one, two], true],
    ['with both for one of two steps', 3, [one, two], [one], false],
  ])('may change its shape %s: version %d', (_, version, upcasters, fossils, isFine) => {
    const breaches = breachesBetween(same, contracts(without('at'), version), { upcasters, fossils });
    expect(breaches).toHaveLength(isFine ? 0 : 1);
  });
});

describe('a change of the rules of a kind', () => {
  /** The body as it has landed. */
  const body: typeof landed = {
    zone: [IsCode()],
    mood: [IsIn(['glad', 'sad'])],
    days: [IsInt(), Min(0), Max(60)],
    grace: [MayBeAbsent(), IsInt()],
    gates: [ByName(Place)],
  };
  const bodies = (fields: typeof landed, version = 1) => bodiesOf({ parking: shaped(fields) }, version);
  const changed = (field: string, ...rules: readonly PropertyDecorator[]) => ({ ...body, [field]: rules });
  const { days, ...withoutDays } = body as typeof body & { days: PropertyDecorator[] };

  const breaking: readonly [string, typeof landed, string, Breach['breach']][] = [
    ['a field is gone', withoutDays, 'days', 'removed'],
    ['a field is called otherwise', { ...withoutDays, nights: days }, 'days', 'renamed'],
    ['a choice is taken away', changed('mood', IsIn(['glad'])), 'mood', 'narrowed'],
    ['the most is less', changed('days', IsInt(), Min(0), Max(30)), 'days', 'narrowed'],
    ['an optional one must be there', changed('grace', IsInt()), 'grace', 'newly required'],
    ['a new field must be there', changed('colour', IsCode()), 'colour', 'newly required'],
    ['one that was there may be absent', changed('zone', MayBeAbsent(), IsCode()), 'zone', 'newly optional'],
    [
      'what stands under names must be there',
      changed('gates', ByName(NarrowerPlace)),
      'gates.*.gate',
      'newly required',
    ],
    ['what stands under names is called otherwise', changed('gates', ByName(OtherPlace)), 'gates.*.city', 'renamed'],
    ['names are a list', changed('gates', ListOf(Place)), 'gates', 'narrowed'],
  ];

  it.each(breaking)('is refused: %s', (_, fields, field, breach) =>
    expect(breachesBetween(bodies(body), bodies(fields), none)).toContainEqual({
      place: `PolicyPublished:parking.${field}`,
      breach,
    }),
  );

  it.each(breaking)('is forgiven with a version, an upcaster and a fossil of the event: %s', (_, fields) => {
    const step = ['PolicyPublished@1'];
    expect(breachesBetween(bodies(body), bodies(fields, 2), { upcasters: step, fossils: step })).toEqual([]);
    expect(breachesBetween(bodies(body), bodies(fields, 2), { upcasters: step, fossils: [] })).not.toEqual([]);
  });

  it('is welcome: nothing, more under names, another kind, a field that may be absent', () => {
    const wider = { ...changed('gates', ByName(WiderPlace)), colour: [MayBeAbsent(), IsCode()] };
    for (const now of [body, wider]) expect(breachesBetween(bodies(body), bodies(now), none)).toEqual([]);
    const more = { ...bodies(body), ...bodiesOf({ towing: shaped(landed) }, 1) };
    expect(breachesBetween(bodies(body), more, none)).toEqual([]);
  });

  it('never is that the kind goes', () =>
    expect(breachesBetween(bodies(body), {}, none)).toEqual([{ place: 'PolicyPublished:parking', breach: 'removed' }]));
});
