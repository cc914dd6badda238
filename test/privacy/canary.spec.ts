import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { newId } from '#application';
import { openEventStore } from '#event-store';
import { backupStore, startEventStore } from '#event-store-embedded';
import { sealedEvents } from '#privacy';
import { listParked, readStatus } from '#projections';
import { eventShapes, loggerTo, personalRoles, type Session, subjectKeysFile } from '#system';
import { someMeta } from '#testing';
import { type Doors, personalPlaces } from './doors.js';
import { boxesOf, keptKeys, openedBy, type Sealed, sealedFor } from './kept-keys.js';
import { DAY, foundBelow, foundIn, HAN, MARK, PHONE, piecesOf } from './needles.js';
import { WholeSystem } from './whole-system.js';

const system = new WholeSystem({ TOUCHLINE_LOG: 'debug' });
const { folder, data, outputs } = system;
const backups = join(folder, 'backups');
const rows = join(folder, 'people.csv');
const mapping = join(folder, 'people.yaml');
let session: Session;
let doors: Doors;
let [victim, other] = ['', ''];
let sealed: readonly Sealed[] = [];
let boxes: readonly Buffer[] = [];

const start = async () => {
  await system.start();
  ({ session, doors } = system);
};
const stop = async () => expect(await system.stop()).toBe(0);
const quietly = (...words: readonly string[]) => system.quietly(...words);
const seen = () => system.seen();
const inFacts = () => sealed.filter(({ where }) => /^[A-Z]/.test(where)).length;

/** All rows of all tables, as text. */
const dump = async (): Promise<string> => {
  const tables = await session.sql<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  expect(tables.length).toBeGreaterThan(15);
  const parts = await Promise.all(tables.map(({ name }) => session.sql(`select t::text as row from ${name} t`)));
  return JSON.stringify(parts);
};
const searched = async () => {
  await session.sql('checkpoint');
  return [...foundBelow(data), ...foundIn(await dump()).map((name) => `a table: ${name}`)];
};

beforeAll(async () => {
  writeFileSync(rows, csv);
  writeFileSync(mapping, yaml);
  await start();
});
afterAll(() => system.remove());

describe('what is personal', () => {
  jest.setTimeout(120_000);

  it('comes in through every door', async () => {
    victim = await doors.person(1);
    other = await doors.person(2);
    await doors.organisation();
    expect(personalPlaces().filter((place) => !doors.planted.has(place))).toEqual([]);
    await doors.misfits();
    await doors.headers();
    const imported = await quietly('import', rows, '--as', mapping);
    expect([imported.code, imported.out]).toEqual([1, expect.stringMatching(/2 recorded.*\n2 rejected/s)]);
    await seen();
    expect(await doors.searches()).toBe(5);
    expect(Object.fromEntries(doors.statuses)).toMatchObject({ 201: expect.any(Number), 422: expect.any(Number) });
    const asked = await doors.send('GET', `/v1/customers/${victim}`);
    doors.answers.splice(-2);
    expect(foundIn(asked.text).map((name) => name.split(' ')[0])).toEqual([MARK, PHONE, DAY, HAN]);
  });

  it('is there when things go wrong', async () => {
    const { sql, stores } = session;
    await sql(`alter table complaints add constraint no_poison check (category is distinct from 'poison')`);
    await doors.plant('FileComplaint', { complainant: other, category: 'poison', text: `${MARK} poison` });
    const raw = EventStoreDBClient.connectionString(stores.eventStoreUrl);
    let metadata: object = {};
    for await (const { event } of raw.readStream(`customer-${other}`)) metadata = { ...(event?.metadata as object) };
    const part = { subject: other, fields: ['name'], key: 1, sealed: Buffer.from('x'.repeat(60)).toString('base64') };
    await raw.appendToStream(`customer-${other}`, [
      jsonEvent({ id: newId(), type: 'NameChanged', data: {}, metadata: { ...metadata, personal: [part] } }),
    ]);
    await raw.dispose();
    await seen();
    const parked = await listParked(sql);
    outputs.push(JSON.stringify(parked, (_, value) => (typeof value === 'bigint' ? String(value) : value)));
    expect(parked).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ view: 'complaints', type: 'ComplaintFiled', state: 'parked' }),
        expect.objectContaining({ view: 'customer_profile', type: 'NameChanged', state: 'parked' }),
      ]),
    );
    const name = JSON.stringify({ name: `${MARK} once more` });
    expect((await doors.send('POST', `/v1/customers/${other}/change-name`, name)).status).toBe(500);
    await sql('alter table stored_answers rename to hidden');
    const keyed = { 'idempotency-key': `${MARK}-500` };
    expect((await doors.send('POST', '/v1/customers', name, keyed)).status).toBe(500);
    await sql('alter table hidden rename to stored_answers');
    const status = await quietly('status', '--json');
    expect([status.code, status.out]).toEqual([1, expect.stringContaining('"parked":1')]);
  });

  it('is readable in no file, no table, no answer and no line', async () => {
    mkdirSync(backups, { mode: 0o700 });
    await backupStore({ folder: join(data, 'eventstore'), target: join(backups, 'eventstore') });
    for (const path of ['/v1/projections', '/health/ready', '/openapi.json', '/metrics', '/docs'])
      await doors.send('GET', path);
    const replayed = await quietly('replay', '--limit', '60');
    expect(replayed.out.match(/"masked":true/g)?.length).toBeGreaterThan(30);
    await Promise.all([quietly('doctor', '--json'), quietly('accesses', '--json')]);
    expect(await searched()).toEqual([]);
    expect(foundBelow(backups)).toEqual([]);
    expect(doors.answers.filter((answer) => foundIn(answer).length > 0)).toEqual([]);
    sealed = await sealedFor(session, victim);
    boxes = boxesOf(readFileSync(subjectKeysFile(data)), victim);
    const keys = keptKeys(session);
    expect(new Set(sealed.map(({ where }) => where)).size).toBeGreaterThanOrEqual(19);
    expect([openedBy(keys, sealed).length, boxes.length]).toEqual([sealed.length, 1]);
    await stop();
    expect(outputs.join('\n')).toMatch(/"level":20/);
    expect(outputs.flatMap((output) => foundIn(output))).toEqual([]);
    execFileSync('cp', ['-a', data, join(backups, 'data')]);
  });

  it('of somebody who is forgotten is opened by no key that is kept', async () => {
    await start();
    const erased = await quietly('erase', victim, '--yes', '--reason', 'request');
    expect([erased.code, erased.err]).toEqual([0, '']);
    session.secrets.keys.look();
    const keys = keptKeys(session);
    expect(keys.length).toBeGreaterThan(20);
    expect(openedBy(keys, sealed)).toEqual([]);
    expect(await sealedFor(session, victim)).toHaveLength(inFacts());
    await session.sql('checkpoint');
    expect(
      foundBelow(
        data,
        boxes.flatMap((box) => piecesOf('a key', box)),
      ),
    ).toEqual([]);
    expect(foundIn(readFileSync(system.destroyedKeys))).toEqual([]);
    const answer = await doors.send('GET', `/v1/customers/${victim}`);
    expect(JSON.parse(answer.text)).toMatchObject({ status: 'erased', name: { erased: true } });
    expect(await searched()).toEqual([]);
    await stop();
  });

  it('does not come back with a copy of the data folder', async () => {
    rmSync(data, { recursive: true });
    execFileSync('cp', ['-a', join(backups, 'data'), data]);
    expect(boxesOf(readFileSync(subjectKeysFile(data)), victim)).toEqual(boxes);
    await start();
    const first = await doors.send('GET', `/v1/customers/${victim}`);
    expect(JSON.parse(first.text)).toMatchObject({ name: { erased: true }, contactPoints: { erased: true } });
    expect(boxesOf(readFileSync(subjectKeysFile(data)), victim)).toEqual([]);
    const facts: string[] = [];
    for await (const { type } of session.store.read(`customer-${victim}`)) facts.push(type);
    expect(facts.filter((type) => type === 'PersonalDataErased')).toHaveLength(1);
    await seen();
    expect(await sealedFor(session, victim)).toHaveLength(inFacts());
    const claims = await session.sql('select 1 from identifier_claims where holder = $1', [`customer-${victim}`]);
    const found = await session.sql('select 1 from customer_search where customer_id = $1', [victim]);
    expect([claims, found]).toEqual([[], []]);
    expect(openedBy(keptKeys(session), sealed)).toEqual([]);
    // What was there before the copy goes on: rows that are read from the table, not from a memory.
    await doors.plant('UnlinkIdentifier', { identifierId: 'i1' }, await doors.person(3));
    await seen();
    expect((await readStatus(session.sql)).filter(({ stoppedAt }) => stoppedAt)).toEqual([]);
  });

  it('would be found: a row in the clear, a kept key, a field that is not sealed, a line that quotes', async () => {
    await session.sql(`update callbacks set outcome = '${MARK}' where requester = $1`, [other]);
    await session.sql(`update complaints set remedy = encode('${PHONE}', 'hex') where complainant = $1`, [other]);
    const found = await searched();
    expect(found).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/postgres.*kanarie as text/),
        `a table: ${MARK} as text`,
        `a table: ${PHONE} as hex`,
      ]),
    );
    copyFileSync(subjectKeysFile(join(backups, 'data')), join(data, 'subject.keys.old'));
    expect(
      foundBelow(
        data,
        boxes.flatMap((box) => piecesOf('a key', box)),
      )[0],
    ).toMatch(/subject\.keys\.old: a key/);

    const store = await startEventStore({ folder: join(folder, 'careless') });
    const careless = sealedEvents(
      () => session.secrets.keys,
      (type) => Object.fromEntries(Object.entries(personalRoles(type)).filter(([field]) => field !== 'occupation')),
    );
    const writer = openEventStore(store.connectionString, { shapes: eventShapes, sealing: careless }, session.clock);
    const person = { name: `${MARK} sealed`, occupation: `${HAN} not sealed` };
    const registered = { id: newId(), type: 'IndividualRegistered', data: person, meta: someMeta };
    await writer.append(`customer-${other}`, -1n, [{ ...registered, customers: [{ id: other, role: 'self' }] }]);
    await writer.close();
    await store.close();
    expect(foundBelow(join(folder, 'careless')).map((one) => one.split(': ')[1])).toEqual([`${HAN} as text`]);

    const lines: string[] = [];
    loggerTo({ write: (line) => void lines.push(line) }, 'test', 'debug').debug({ said: Buffer.from(MARK) }, 'quoted');
    loggerTo({ write: (line) => void lines.push(line) }, 'test', 'debug').debug({ said: `${MARK}!` }, 'quoted');
    expect(lines.map((line) => foundIn(line).length > 0)).toEqual([false, true]);
    await stop();
  });
});

const csv = [
  'Row,Name,Phone,Mail,Born,Seen',
  `1,${MARK} imported,+86${PHONE}31,${MARK}31@example.org,${DAY}05,2025-01-05`,
  `2,${HAN} imported,+86${PHONE}32,${MARK}32@example.org,${DAY}06,2025-01-06`,
  `3,${MARK} misfit,${MARK},${MARK}33@example.org,${DAY}07,2025-01-07`,
  `4,${MARK} undated,+86${PHONE}34,${MARK}34@example.org,${DAY}08,${MARK}`,
  '',
].join('\n');

const yaml = `
system: ${MARK.slice(0, 3)}-list
currency: EUR
date: { column: Seen, format: yyyy-MM-dd, zone: UTC }
identity: [Mail]
streams:
  - slice: customer
    key: [Phone]
    commands:
      - type: RegisterIndividual
        data: { name: { $column: Name }, birthDate: { $column: Born } }
      - type: AddContactPoint
        data: { kind: phone, value: { $column: Phone } }
      - type: AddContactPoint
        data: { kind: email, value: { $column: Mail } }
`;
