import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventClasses } from '#domain';
import { BuiltCli } from './built-cli.js';

describe('catalogue', () => {
  const folder = mkdtempSync(join(tmpdir(), 'catalogue-'));
  const cli = new BuiltCli(folder);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('lists every event without opening a store', async () => {
    const { code, out } = await cli.run('catalogue');
    expect([code, Object.keys(eventClasses).filter((type) => !out.includes(type))]).toEqual([0, []]);
  });

  it('tells all about one, in both languages', async () => {
    const english = await cli.run('catalogue', 'CallbackRequested');
    expect(english.code).toBe(0);
    for (const said of [
      'comes of: RequestCallback',
      'names: requester',
      'note',
      'may be absent',
      '"topic"',
      'callbacks',
    ])
      expect(english.out).toContain(said);
    const chinese = await cli.run('catalogue', 'callbackrequested', '--lang', 'zh');
    for (const said of ['来自命令: RequestCallback', '可缺省', '版本 1']) expect(chinese.out).toContain(said);
  });

  it('prints the schema for programs', async () => {
    const { out } = await cli.run('catalogue', 'NameChanged', '--json');
    expect(JSON.parse(out)).toMatchObject({
      type: 'NameChanged',
      fields: [{ name: 'name', personal: 'self' }],
      schema: { $schema: 'https://json-schema.org/draft/2020-12/schema', required: ['name'] },
    });
    const lines = (await cli.run('catalogue', '--json')).out.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).type)).toEqual(Object.keys(eventClasses));
  });

  it('knows what somebody may have meant', async () => {
    const { code, err } = await cli.run('catalogue', 'Redemption');
    expect([code, err]).toEqual([2, expect.stringContaining('RedemptionReserved, RedemptionCommitted')]);
  });
});
