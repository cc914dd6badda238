import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { eventClasses, IsCode, KINDS, Rule, slices } from '#domain';
import { type Class, personalClasses } from '#kernel';
import { type CatalogueEntry, fieldsIn, type Rules } from '#system';
import { filesOf, landed, steps, today } from './catalogue-files.js';
import { classedNames } from './classes.js';
import { breachesBetween } from './compatibility.js';
import { eventSchema, withoutMeaning } from './contract.js';
import { entriesSeen } from './entries.js';
import { runExamples, specifications } from './examples.js';
import { glossary } from './glossary.js';
import { meaningOf } from './meanings.js';

describe('the examples of the specifications', runExamples);

describe('the catalogue', () => {
  let entries: readonly CatalogueEntry[];
  beforeAll(() => {
    entries = entriesSeen();
  });
  const entryOf = (type: string) => entries.find((entry) => entry.type === type) as CatalogueEntry;

  it('takes nothing away from what has landed', () => expect(breachesBetween(landed(), today(), steps())).toEqual([]));

  it('is what stands in the files', () => {
    const files = filesOf(entries);
    const mayLand = breachesBetween(landed(), today(), steps()).length === 0;
    if (process.env.TOUCHLINE_WRITE_CATALOGUE && mayLand) for (const { path, text } of files) writeFileSync(path, text);
    for (const { path, text } of files) expect([path, readFileSync(path, 'utf8')]).toEqual([path, text]);
    const pages = files.map(({ path }) => path).filter((path) => path.startsWith('docs/events/'));
    expect(readdirSync('docs/events').map((name) => `docs/events/${name}`)).toEqual([...pages].sort());
  });

  it('keeps the rules of every kind, as it keeps events', () => {
    const kinds = Object.values(KINDS).map((kind) => `PolicyPublished:${kind}`);
    expect(kinds.length).toBeGreaterThanOrEqual(7);
    expect(
      Object.keys(landed())
        .filter((name) => name.includes(':'))
        .sort(),
    ).toEqual(kinds.sort());
    for (const name of kinds) expect(Object.keys(landed()[name]?.schema.properties ?? {})).not.toEqual([]);
  });

  it('knows every event, from every specification', () => {
    expect(entries.map(({ type }) => type)).toEqual(Object.keys(eventClasses));
    expect(entries.length).toBeGreaterThanOrEqual(60);
    expect(specifications().length).toBeGreaterThanOrEqual(slices.length);
  });

  it('says what every field means', () => {
    const missing = Object.values<Class>(eventClasses).flatMap(withoutMeaning);
    // A comment above the field, or a word in test/catalogue/glossary.ts.
    expect([...new Set(missing)]).toEqual([]);
    for (const entry of entries) {
      expect([entry.type, entry.meaning === '']).toEqual([entry.type, false]);
      for (const { name, meaning } of fieldsIn(entry)) expect([entry.type, name, meaning]).not.toContain('');
    }
  });

  it('finds a field that nobody explained, also inside another', () => {
    class Seat {
      @IsCode() row!: string;
      @IsCode() reason!: string;
    }
    class SeatTaken {
      @IsCode() deck!: string;
      @Rule('nested', () => true, 'an object', { shape: Seat }) seat!: Seat;
    }
    expect(withoutMeaning(SeatTaken)).toEqual(['SeatTaken.deck', 'SeatTaken.seat', 'Seat.row']);
    const [comment, word] = ['EarningReversed', 'PointsExpired'].map((type) => eventClasses[type] as Class);
    expect(meaningOf(comment as Class, 'points')).toBe('How many points are reversed.');
    expect(meaningOf(word as Class, 'points')).toBe(glossary.points);
  });

  it('explains no word that no field is called', () => {
    const names = new Set(entries.flatMap((entry) => fieldsIn(entry).map(({ name }) => name.split('.').at(-1))));
    expect(Object.keys(glossary).filter((word) => !names.has(word))).toEqual([]);
  });

  it('says of which class every field is, and seals what is personal and nothing else', () => {
    const fields = entries.flatMap((entry) =>
      fieldsIn(entry).map((field) => ({ ...field, place: `${entry.type}.${field.name}` })),
    );
    // A word in test/catalogue/classes.ts.
    expect(fields.filter((field) => field.class === null).map(({ place }) => place)).toEqual([]);
    const personal: readonly string[] = personalClasses;
    const wrong = fields.filter((field) => personal.includes(String(field.class)) !== (field.personal !== null));
    expect(wrong.map(({ place }) => place)).toEqual([]);
    expect(fields.length).toBeGreaterThan(300);
    const known = new Set(fields.flatMap(({ place }) => [place, place.split('.')[1] as string]));
    expect(classedNames().filter((name) => !known.has(name))).toEqual([]);
  });

  it('finds a field of no class, and knows one inside another by what it lies in', () => {
    class Leg {
      @IsCode() deck!: string;
    }
    class Boarded {
      @IsCode() gangway!: string;
      @Rule('nested', () => true, 'an object', { shape: Leg }) serviceWindow!: Leg;
    }
    const schema = eventSchema('BookingPlaced', Boarded) as Rules;
    expect(fieldsIn({ schema }).map(({ name, class: fieldClass }) => [name, fieldClass])).toEqual([
      ['gangway', null],
      ['serviceWindow', 'operational'],
      ['serviceWindow.deck', 'operational'],
    ]);
  });

  it('has schemas that are JSON Schema 2020-12, and examples that fit them', () => {
    const ajv = formats.default(new Ajv2020({ strict: false }));
    for (const { type, schema, example } of entries) {
      expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', title: type });
      expect([type, ajv.validateSchema(schema), ajv.errorsText()]).toEqual([type, true, 'No errors']);
      expect([type, ajv.validate(schema, example), ajv.errorsText()]).toEqual([type, true, 'No errors']);
      expect([type, ajv.validate(schema, { ...example, more: 1 })]).toEqual([type, false]);
    }
  });

  it('knows that what is personal may be forgotten', () => {
    const { schema } = entryOf('NameChanged');
    const ajv = formats.default(new Ajv2020({ strict: false }));
    expect(['Ann', { erased: true }, { erased: false }, 7].map((name) => ajv.validate(schema, { name }))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('says of a fact which commands it comes of, whom it names, and who hears it', () => {
    expect(entryOf('CallbackCompleted')).toMatchObject({
      category: 'callback',
      page: 'callbacks',
      version: 1,
      roles: ['requester'],
      emittedBy: ['CompleteCallback'],
    });
    expect(entryOf('CallbackCompleted').reactions).toContain('when-another-call-agreed-then-request-callback');
    expect(entryOf('CallbackCompleted').views).toEqual(expect.arrayContaining(['callbacks', 'customer_timeline']));
    expect(entryOf('BookingPlaced').emittedBy).toEqual(['AcceptQuote', 'PlaceBooking']);
    expect(entryOf('DayClosed')).toMatchObject({
      stream: 'clock-company',
      category: 'clock',
      page: 'company',
      emittedBy: [],
      roles: [],
    });
    expect(entryOf('DayClosed').views).toContain('churn_risk');
    expect(entryOf('AccessDenied').views).toEqual(['access_log']);
  });

  it('knows a command for every fact that a slice decides, and every command that may say something', () => {
    const decided = entries.filter(({ page }) => page !== 'company');
    expect(decided.filter(({ emittedBy }) => emittedBy.length === 0).map(({ type }) => type)).toEqual([]);
    const saying = new Set(entries.flatMap(({ emittedBy }) => emittedBy));
    const silent = slices.flatMap(({ commands }) => Object.keys(commands)).filter((command) => !saying.has(command));
    expect(silent).toEqual([]);
  });

  it('tells the fields of an event with their form, and whose they are', () => {
    const fields = Object.fromEntries(fieldsIn(entryOf('ComplaintFiled')).map(({ name, ...field }) => [name, field]));
    expect(fields.complainant).toMatchObject({ form: 'uuid', isOptional: false, class: 'operational', personal: null });
    expect(fields.text).toMatchObject({ form: 'text of at most 10000', isOptional: true, personal: 'complainant' });
    expect(fields.severity).toMatchObject({ form: 'one of sev1, sev2, sev3, sev4', personal: null });
    const places = fieldsIn(entryOf('BookingPlaced')).map(({ name, form }) => `${name}: ${form}`);
    expect(places).toEqual(expect.arrayContaining(['lines[].price.amount: integer', 'serviceWindow.from: date-time']));
  });
});
