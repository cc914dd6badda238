import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DestroyedList } from './destroyed-list.js';

const entry = (subject: string) => ({
  subject,
  at: '2026-03-01T09:00:00.000Z',
  by: { kind: 'person', id: 'dpo' } as const,
});

describe('the list of destroyed keys', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'destroyed-'));
    path = join(folder, 'destroyed-keys');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('tells everybody, once, and keeps the first word', async () => {
    const [mine, theirs] = [new DestroyedList(path, 'one'), new DestroyedList(path, 'one')];
    await mine.add({ ...entry('ann'), reason: 'request' });
    expect(theirs.has('ann')).toBe(false);
    expect(theirs.refresh()).toEqual([{ log: 'one', ...entry('ann'), reason: 'request' }]);
    expect(theirs.refresh()).toEqual([]);
    await theirs.add({ ...entry('ann'), reason: 'another' });
    expect(new DestroyedList(path, 'one').entries).toEqual([{ log: 'one', ...entry('ann'), reason: 'request' }]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is of one log among others', async () => {
    await new DestroyedList(path, 'one').add(entry('ann'));
    const other = new DestroyedList(path, 'other');
    expect(other.has('ann')).toBe(false);
    await other.add(entry('ann'));
    expect(readFileSync(path, 'utf8').match(/"ann"/g)).toHaveLength(2);
    expect(new DestroyedList(path, 'one').entries).toEqual([{ log: 'one', ...entry('ann') }]);
  });

  it('does not count a line that was cut off, wherever, and goes on behind it', async () => {
    const line = JSON.stringify({ log: 'one', ...entry('ann') });
    for (let length = 1; length < line.length; length++) {
      writeFileSync(path, `\n${line.slice(0, length)}`);
      const list = new DestroyedList(path, 'one');
      expect([length, list.entries]).toEqual([length, []]);
      await list.add(entry('bob'));
      expect(new DestroyedList(path, 'one').entries.map(({ subject }) => subject)).toEqual(['bob']);
    }
  });

  it('counts a line once the rest of it has come', () => {
    const line = `\n${JSON.stringify({ log: 'one', ...entry('ann') })}\n`;
    const list = new DestroyedList(path, 'one');
    appendFileSync(path, line.slice(0, 60));
    expect(list.refresh()).toEqual([]);
    appendFileSync(path, line.slice(60));
    expect(list.refresh().map(({ subject }) => subject)).toEqual(['ann']);
  });
});
