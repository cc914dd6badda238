import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { BuiltCli } from './built-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'touchline-store-'));
const place = (name: string) => join(folder, name);
const cli = new BuiltCli(place('data'));
jest.setTimeout(120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('is run alone, copied while it runs, checked, put back, and moved to another store', async () => {
  const running = await cli.stay(
    /esdb:/,
    'eventstore',
    '--port',
    '0',
    '--data',
    place('data/eventstore'),
    '--fsync',
    '20',
  );
  const [url = ''] = /esdb:\S+/.exec(running.out) ?? [];
  const client = EventStoreDBClient.connectionString(url);
  for (let n = 0; n < 20; n++) await client.appendToStream(`s-${n % 4}`, jsonEvent({ type: 'counted', data: { n } }));
  await client.dispose();

  const [backup, inUse, moved] = await Promise.all([
    cli.run('eventstore', 'backup', place('backup'), '--data', place('data/eventstore'), '--json'),
    cli.run('eventstore', 'verify', '--data', place('data/eventstore')),
    cli.run('move-store', '--from', url, '--to', place('other'), '--json'),
  ]);
  expect([backup.code, JSON.parse(backup.out)]).toEqual([0, expect.objectContaining({ events: 21, problems: [] })]);
  // A command that used it, and was the last to, leaves it to whoever runs it.
  expect((await cli.run('doctor', '--json')).out).toContain(new URL(url).host);
  expect(running.hasEnded).toBe(false);
  expect([inUse.code, inUse.err]).toEqual([3, expect.stringContaining('is in use by process')]);
  expect([moved.code, JSON.parse(moved.out)]).toEqual([
    0,
    expect.objectContaining({ events: 20, found: 0, streams: 4 }),
  ]);
  await running.end();

  const [restored, verified] = await Promise.all([
    cli.run('eventstore', 'restore', place('backup'), '--data', place('restored')),
    cli.run('eventstore', 'verify', '--data', place('other'), '--lang', 'zh'),
  ]);
  const onto = await cli.run('move-store', '--from', place('restored'), '--to', place('other'), '--json');
  expect([restored.code, restored.out]).toEqual([0, expect.stringContaining('all in order')]);
  expect([verified.code, verified.out]).toEqual([0, expect.stringContaining('全部正常')]);
  expect(JSON.parse(onto.out)).toEqual({ ...JSON.parse(moved.out), found: 20 });
  expect(readdirSync(place('restored'))).toContain('events-0000000000000064.log');
});

it('refuses to move where another log is, or where nobody answers', async () => {
  const alone = await cli.stay(/esdb:/, 'eventstore', '--port', '0', '--data', place('third'));
  const [url = ''] = /esdb:\S+/.exec(alone.out) ?? [];
  const client = EventStoreDBClient.connectionString(url);
  await client.appendToStream('s-0', jsonEvent({ type: 'counted', data: { n: -1 } }));
  await client.dispose();
  const [another, nobody] = await Promise.all([
    cli.run('move-store', '--from', place('other'), '--to', url),
    cli.run('move-store', '--from', 'esdb://127.0.0.1:9?tls=false', '--to', url, '--lang', 'zh'),
  ]);
  await alone.end();
  expect([another.code, another.err]).toEqual([1, expect.stringContaining('the target holds another log')]);
  expect([nobody.code, nobody.err]).toEqual([3, expect.stringContaining('存储没有应答')]);
});
