import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { readStatus } from '#projections';
import { masterKeyFile, subjectKeysFile } from '#system';
import { BuiltCli, type Ended } from '../cli/built-cli.js';
import { filesBelow } from './needles.js';
import { WholeSystem } from './whole-system.js';

const system = new WholeSystem();
const { data, folder } = system;
let ann = '';

const nameOf = async () => JSON.parse((await system.doors.send('GET', `/v1/customers/${ann}`)).text).name;
const keysIn = (path: string) => readFileSync(path, 'utf8').trim();
const digestOf = () => {
  const hash = createHash('sha256');
  for (const file of [...filesBelow(data)].sort()) hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  return hash.digest('hex');
};

beforeAll(() => system.start());
afterAll(() => system.remove());

describe('the keys', () => {
  jest.setTimeout(120_000);

  it('change while the system runs, and everything stays readable', async () => {
    ann = await system.doors.plant('RegisterIndividual', { name: 'Ann Lee' });
    await system.seen();
    expect(await nameOf()).toBe('Ann Lee');
    const size = readFileSync(subjectKeysFile(data)).length;
    const rotated = await system.quietly('keys', 'rotate', '--json');
    expect([rotated.code, JSON.parse(rotated.out)]).toEqual([0, { rotated: 1 }]);
    expect(readFileSync(subjectKeysFile(data)).length).toBe(2 * size);
    // The API seals under the new one, or another process does: whoever reads finds it.
    for (const name of ['Ann Day', 'Ann Eve']) {
      await system.doors.plant('ChangeName', { name }, ann);
      await system.seen();
      expect(await nameOf()).toBe(name);
    }
    const told: unknown[] = [];
    for await (const fact of system.session.store.read(`customer-${ann}`)) told.push(fact.data);
    expect(told).toEqual([{ name: 'Ann Lee' }, { name: 'Ann Day' }, { name: 'Ann Eve' }]);
    const client = EventStoreDBClient.connectionString(system.session.stores.eventStoreUrl);
    const versions: unknown[] = [];
    for await (const { event } of client.readStream(`customer-${ann}`)) {
      const { personal = [] } = { ...(event?.metadata as object) } as { personal?: readonly { key: number }[] };
      versions.push(personal[0]?.key);
    }
    await client.dispose();
    expect(versions).toEqual([1, 2, 2]);

    const before = keysIn(masterKeyFile(data));
    const rewrapped = await system.quietly('keys', 'rotate-master', '--json');
    expect([rewrapped.code, JSON.parse(rewrapped.out)]).toEqual([0, { rewrapped: 1 }]);
    expect(keysIn(masterKeyFile(data))).not.toContain(before);
    const bob = await system.doors.plant('RegisterIndividual', { name: 'Bob Ray' });
    await system.doors.plant('ChangeName', { name: 'Ann Fay' }, ann);
    await system.seen();
    expect(await nameOf()).toBe('Ann Fay');
    expect(bob).not.toBe(ann);
    const status = await readStatus(system.session.sql);
    expect(status.filter(({ parked, stoppedAt }) => parked > 0 || stoppedAt)).toEqual([]);
    await system.doors.plant('ChangeName', { name: 'Ann Gay' }, ann);
  });

  it('are looked after by the doctor', async () => {
    const { out } = await system.quietly('doctor', '--json');
    const found = new Map(
      JSON.parse(out).findings.map((one: { check: string; is: string; advice?: string }) => [one.check, one]),
    );
    expect(found.get('master key')).toEqual({ check: 'master key', is: expect.stringMatching(/^[0-9a-f]{8}$/) });
    for (const check of ['master.key', 'log.key', 'subject.keys', 'access.key'])
      expect(found.get(check)).toEqual({ check, is: '0600' });
  });

  it('that are wrong or missing stop the start, and nothing is touched', async () => {
    expect(await system.stop()).toBe(0);
    const own = keysIn(masterKeyFile(data));
    const [other, unreadable] = [Buffer.alloc(32, 5).toString('base64'), join(folder, 'unreadable')];
    writeFileSync(unreadable, 'this is no key');
    const given = (key: string) => new BuiltCli(data, { TOUCHLINE_MASTER_KEY: key });
    const untouched = digestOf();
    const wrong = 'the master key is not the one that wrapped the keys';
    const cases: readonly (readonly [BuiltCli, string, number, string])[] = [
      [given(other), 'start', 3, wrong],
      [given(`file:${join(folder, 'nowhere')}`), 'start', 3, 'does not exist'],
      [given(`file:${unreadable}`), 'status', 3, 'must hold 32 bytes in base64'],
      [given('secret'), 'start', 2, 'TOUCHLINE_MASTER_KEY must be 32 bytes'],
    ];
    const ends = await Promise.all(cases.map(([cli, verb]) => cli.run(verb)));
    for (const [index, [, verb, code, said]] of cases.entries()) {
      const ended = ends[index] as Ended;
      expect([verb, ended.code, ended.err]).toEqual([verb, code, expect.stringContaining(said)]);
      expect(ended.err).not.toMatch(/^ {4}at /m);
      expect(ended.err).not.toContain(other.slice(0, 20));
    }
    expect(digestOf()).toBe(untouched);
    renameSync(masterKeyFile(data), join(folder, 'kept'));
    const without = digestOf();
    const missing = await system.cli.run('start');
    expect([missing.code, missing.err]).toEqual([3, expect.stringContaining('master.key is missing')]);
    expect(digestOf()).toBe(without);
    const doctor = await given(other).run('doctor', '--json');
    expect([doctor.code, doctor.out]).toEqual([1, expect.stringContaining(wrong)]);

    const kept = await Promise.all([given(own), given(`file:${join(folder, 'kept')}`)].map((cli) => cli.run('status')));
    expect(kept.map(({ code, err }) => [code, err])).toEqual([
      [0, ''],
      [0, ''],
    ]);
  });
});
