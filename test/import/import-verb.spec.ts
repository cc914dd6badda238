import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Unavailable } from '#application';
import { programIn } from '../../apps/cli/src/help.js';
import { overBothStores, rehearsing, type WithDesk } from '../../apps/cli/src/import/open-desk.js';
import { progressLine } from '../../apps/cli/src/import/progress.js';
import { registerImport } from '../../apps/cli/src/import/register-import.js';
import { deskOver, folderOfFiles, HEADER, StreamedInMemory } from './desk.js';

const files = folderOfFiles();
afterAll(files.remove);

const good = '1,c1,2011-01-05 10:00:00,0,12.50,1,Germany';
const bad = '2,c1,5 January,0,12.50,1,Germany';

describe('touchline import', () => {
  let store: StreamedInMemory;
  let press: () => void;
  beforeEach(() => {
    store = new StreamedInMemory();
    jest.spyOn(process, 'on').mockImplementation((signal, listener) => {
      if (signal === 'SIGINT') press = listener as () => void;
      return process;
    });
  });
  afterEach(() => {
    process.exitCode = 0;
    process.stdout.removeAllListeners('error');
    jest.restoreAllMocks();
  });

  const inMemory: WithDesk = async (_, { isRehearsal }, work) =>
    work(isRehearsal ? await rehearsing(deskOver(store)) : deskOver(store));
  const said = (...words: readonly string[]) => saidWith(inMemory, ...words);
  const saidWith = async (withDesk: WithDesk, ...words: readonly string[]) => {
    const [out, err]: [string[], string[]] = [[], []];
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => err.push(String(text)) > 0);
    const program = programIn('en');
    registerImport(program, withDesk);
    await program.parseAsync(['import', ...words], { from: 'user' });
    return { code: process.exitCode, out: out.join(''), err: err.join('') };
  };
  const retail = ['--as', 'online-retail', '--lang', 'en'];

  it('records a file and ends with 0', async () => {
    const { code, out, err } = await said(files.rows(good), ...retail);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^Read 1 rows in \d+\.\d s: 1 recorded \(4 facts\), 0 already there\.\n$/);
    expect(store.log).toHaveLength(4);
  });

  it('ends with 1 when rows were rejected, and says where they are', async () => {
    const file = files.rows(good, bad);
    expect(await said(file, ...retail)).toMatchObject({
      code: 1,
      out: expect.stringContaining(
        `1 rejected, 0 changed since: they are in ${file}.rejected.csv, each with its reason`,
      ),
    });
    const { out } = await said(file, '--as', 'online-retail', '--lang', 'zh');
    expect(out).toMatch(/读取 2 行：记录 0 行（0 条事实），1 行此前已有。\n拒绝 1 行，0 行导入后有改动：/);
  });

  it('gives the summary as one object', async () => {
    const { out } = await said(files.rows(good), ...retail, '--json');
    expect(JSON.parse(out)).toMatchObject({ read: 1, recorded: 1, already: 0, rejected: 0, changed: 0, facts: 4 });
  });

  it('explains without a store', async () => {
    const { code, out } = await saidWith(
      () => Promise.reject(new Error('asked')),
      files.rows(good),
      ...retail,
      '--explain',
    );
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^Row 1 · 1 · 2011-01-05T10:00:00\.000Z\n/) });
  });

  it('checks every row in a dry run, and records nothing', async () => {
    await said(files.rows(good), ...retail);
    const file = files.rows(good, good.replace('1,', '3,'), bad, good.replace('1,', '4,').replace('12.50', '0'));
    const { code, out } = await said(file, ...retail, '--dry-run');
    expect(code).toBe(1);
    expect(out).toContain('2 would be recorded (4 facts), 1 are already there. Nothing was recorded.');
    expect(store.log).toHaveLength(4);
  });

  it.each([
    ['a file that is not there', () => ['nothing.csv', ...retail], 'There is no file nothing.csv.'],
    ['an unknown mapping', () => [files.rows(good), '--as', 'nothing', '--lang', 'zh'], '没有映射 nothing'],
    ['an empty file', () => [files.write(`${HEADER}\n`), ...retail], 'has a header and no row'],
  ])('ends with 2 for %s', async (_, words, message) => {
    expect(await said(...words())).toMatchObject({ code: 2, err: expect.stringContaining(message) });
  });

  it('ends with 3 when the store is lost, and says how to go on', async () => {
    const lost: WithDesk = (_, __, work) =>
      work({ ...deskOver(store), decide: () => Promise.reject(new Unavailable('no answer')) });
    expect(await saidWith(lost, files.rows(good), ...retail)).toMatchObject({
      code: 3,
      err: 'The event store cannot be reached: no answer. 0 rows are recorded; import the same file again to go on.\n',
    });
  });

  it('begins no log for a file in another currency, nor in a dry run', async () => {
    const data = join(files.folder, 'data');
    const before = { ...process.env };
    process.env.TOUCHLINE_DATA = data;
    try {
      const { code, err } = await saidWith(overBothStores, files.rows(good), ...retail);
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('TOUCHLINE_CURRENCY=GBP') });
      process.env.TOUCHLINE_CURRENCY = 'GBP';
      const rehearsed = await saidWith(overBothStores, files.rows(good, good), ...retail, '--dry-run');
      expect(rehearsed).toMatchObject({
        code: 0,
        out: expect.stringContaining('1 would be recorded (4 facts), 1 are'),
      });
      expect(existsSync(data)).toBe(false);
    } finally {
      process.env = before;
    }
  });

  it('stops at Ctrl-C after what is under way, and says how to go on', async () => {
    const many = Array.from({ length: 500 }, (_, index) => `${index},c${index},2011-01-05 10:00:00,0,1,1,Germany`);
    let asked = 0;
    const pressing: WithDesk = (_, __, work) => {
      const desk = deskOver(store);
      const decide: typeof desk.decide = (wish) => {
        asked += 1;
        if (asked === 50) press();
        return desk.decide(wish);
      };
      return work({ ...desk, decide });
    };
    const { code, out } = await saidWith(pressing, files.rows(...many), ...retail);
    expect(code).toBe(1);
    expect(out).toMatch(/Stopped\. Import the same file again to go on where this ended\.\n$/);
    expect(store.log.length).toBeLessThan(1_500);
    expect(await said(files.rows(...many), ...retail)).toMatchObject({ code: 0 });
    expect(store.log).toHaveLength(2_000);
  });
});

describe('the progress of an import', () => {
  const counts = { read: 100, recorded: 90, already: 0, rejected: 10, changed: 0 };
  const progress = { ...counts, bytes: 250, totalBytes: 1_000, perSecond: 20.4, secondsLeft: 74.2 };

  it('is one line', () => {
    expect(progressLine(progress, 'en')).toBe('25 % · 100 rows · 20 a second · 1:15 left');
    expect(progressLine(progress, 'zh')).toBe('25 % · 100 行 · 每秒 20 行 · 剩余 1:15');
  });
});
