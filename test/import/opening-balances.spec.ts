import { readFileSync } from 'node:fs';
import { policiesBefore } from '#system';
import { importFile } from '../../apps/cli/src/import/import-file.js';
import { parseMapping } from '../../apps/cli/src/import/mapping-text.js';
import { deskOver, folderOfFiles, retailLog, StreamedInMemory } from './desk.js';

const files = folderOfFiles();
afterAll(files.remove);

/** The mapping as the how-to has it. */
const [, yaml = ''] =
  /## Points from before[\s\S]*?```yaml\n([\s\S]*?)```/.exec(readFileSync('docs/how-to/import.md', 'utf8')) ?? [];
const mapping = parseMapping(yaml, 'the how-to');
const log = { ...retailLog, company: { ...retailLog.company, currency: 'EUR' } };

describe('opening balances (R-38)', () => {
  it('are imported as lots with ends of their own, once, dated and marked as history', async () => {
    const store = new StreamedInMemory();
    const rows = [
      'card,lot,points,good_until,as_of',
      'c1,2010,200,2011-12-31,2011-01-01',
      'c1,2009,50,,2011-01-01',
      'c2,2010,70,2010-12-30,2011-01-01',
      'c2,2011,-5,2012-12-31,2011-01-01',
    ];
    const file = files.write(`${rows.join('\n')}\n`);
    const take = () =>
      importFile({ ...deskOver(store, { log, policies: policiesBefore(log.company) }), file, mapping });
    expect(await take()).toMatchObject({ read: 4, recorded: 2, rejected: 2 });
    const brought = store.log.filter(({ type }) => type === 'OpeningBalanceBrought');
    expect(brought.map(({ data, meta }) => ({ ...data, at: meta.occurredAt, backfill: meta.backfill }))).toEqual([
      {
        ...{ lotId: '2010', points: 200, currency: 'redeemable', earnedOn: '2010-12-31' },
        // The first of January in Berlin is the last of December in London, whose days count.
        ...{ activatesAt: '2010-12-31T23:00:00.000Z', expiresAt: '2012-01-01T00:00:00.000Z', lastDay: '2011-12-31' },
        ...{ at: '2010-12-31T23:00:00.000Z', backfill: true },
      },
      {
        ...{ lotId: '2009', points: 50, currency: 'redeemable', earnedOn: '2010-12-31' },
        ...{ activatesAt: '2010-12-31T23:00:00.000Z', at: '2010-12-31T23:00:00.000Z', backfill: true },
      },
    ]);
    const reasons = readFileSync(`${file}.rejected.csv`, 'utf8');
    expect(reasons).toMatch(/c2,2010.*expires-before-active/);
    expect(reasons).toMatch(/c2,2011.*points/);
    expect(await take()).toMatchObject({ recorded: 0, already: 2, rejected: 2 });
  });
});
