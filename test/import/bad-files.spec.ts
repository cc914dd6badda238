import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { importFile } from '../../apps/cli/src/import/import-file.js';
import { openTable } from '../../apps/cli/src/import/table.js';
import { ImportProblem, inLanguage, words } from '../../apps/cli/src/import/words.js';
import { deskOver, folderOfFiles, HEADER, onlineRetail, StreamedInMemory } from './desk.js';

const files = folderOfFiles();
afterAll(files.remove);

const row = '1,c1,2011-01-05 10:00:00,0,12.50,1,Germany';
const text = `${HEADER}\n${row}\n`;

describe('a file that does not do', () => {
  const store = new StreamedInMemory();
  const take = (file: string) => importFile({ ...deskOver(store), file, mapping: onlineRetail });
  const problem = async (file: string) => {
    const error: unknown = await take(file).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof ImportProblem)) throw error ?? new Error('it was taken');
    return [error.sentence.key, error.message, inLanguage('zh', error.sentence)] as const;
  };
  const missing = join(files.folder, 'nothing.csv');
  const folder = join(files.folder, 'folder.csv');
  mkdirSync(folder);

  it.each<[string, () => string, RegExp, RegExp]>([
    ['file-missing', () => missing, /There is no file .*nothing\.csv/, /没有文件 .*nothing\.csv/],
    ['file-is-folder', () => folder, /folder\.csv is a folder/, /folder\.csv 是文件夹/],
    ['file-empty', () => files.write(''), /is empty/, /空文件/],
    ['header-only', () => files.write(`${HEADER}\n`), /a header and no row/, /没有数据行/],
    ['utf-16', () => files.write(Buffer.from(`\ufeff${text}`, 'utf16le')), /UTF-16.*CSV UTF-8/, /UTF-16.*CSV UTF-8/],
    ['not-text', () => files.write(Buffer.from(text, 'utf16le')), /first line holds NUL bytes/, /首行含有 NUL 字节/],
    [
      'not-utf-8',
      () => files.write(Buffer.concat([Buffer.from(text), Buffer.from([0xb5, 0xc2, 0xb9, 0xfa])])),
      /not UTF-8.*CSV UTF-8/,
      /不是 UTF-8.*CSV UTF-8/,
    ],
    [
      'wrong-delimiter',
      () => files.write(text.replaceAll(',', ';')),
      /parted by ";", the mapping says ","/,
      /以 ";" 分隔各列，映射中写的是 ","/,
    ],
    [
      'column-missing',
      () => files.write(text.replace('CustomerID', 'Customer')),
      /lacks the column CustomerID\. It has: InvoiceNo, Customer,/,
      /缺少列 CustomerID。现有列：InvoiceNo, Customer,/,
    ],
    [
      'column-twice',
      () => files.write(text.replace('lines', 'amount')),
      /the column amount twice/,
      /列 amount 出现了两次/,
    ],
    [
      'quotes',
      () => files.write(`${text}2,"c1,2011-01-05 10:00:00,0,12.50,1,Germany\n${row}\n`),
      /quotes behind row 1 do not pair up \(line/,
      /第 1 行数据之后的引号不成对/,
    ],
    ['quotes', () => files.write(`${HEADER}\n1,c"1,x\n`), /quotes behind row 0/, /第 0 行数据之后的引号不成对/],
  ])('is named: %s', async (key, file, english, chinese) => {
    expect(await problem(file())).toEqual([key, expect.stringMatching(english), expect.stringMatching(chinese)]);
  });

  it('is named when its lines of JSON never end', async () => {
    const file = files.write('x'.repeat(1_200_000), 'ndjson');
    expect(await problem(file)).toEqual([
      'line-too-long',
      expect.stringMatching(/more than 1000000/),
      expect.anything(),
    ]);
  });

  it('is named when it may not be read', async () => {
    const file = files.write(text);
    chmodSync(file, 0);
    const isRoot = process.getuid?.() === 0;
    const refused = isRoot ? undefined : await problem(file);
    expect(refused?.[0] ?? 'file-unreadable').toBe('file-unreadable');
  });

  it('stops at a quote that never closes without reading the rest into memory', async () => {
    const file = files.write(`${text}2,"${`${row}\n`.repeat(200_000)}`);
    const table = await openTable(file, { columns: [], delimiter: ',' });
    const all = async () => {
      for await (const { cells } of table.rows) expect(cells[0]).toBe('1');
    };
    await expect(all()).rejects.toThrow(ImportProblem);
    expect(table.bytesRead()).toBeLessThan(2_500_000);
    expect(statSync(file).size).toBeGreaterThan(8_000_000);
  });

  it('is no problem for a byte order mark, carriage returns, or line breaks in quotes', async () => {
    const file = files.write(`\ufeff${text.replaceAll('\n', '\r\n')}"2",c1,"2011-01-05 10:00:00",0,1,1,Germany\r\n`);
    expect(await take(file)).toMatchObject({ read: 2, rejected: 0 });
  });

  it('is read no faster than its rows are taken, however long it is', async () => {
    const file = files.write(`${HEADER}\n${`${row}${' '.repeat(200)}\n`.repeat(60_000)}`);
    const table = await openTable(file, { columns: [], delimiter: ',' });
    let rows = 0;
    for await (const { cells } of table.rows) {
      rows += cells.length > 0 ? 1 : 0;
      if (rows % 20_000 !== 0) continue;
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      const consumed = (statSync(file).size * rows) / 60_000;
      expect(table.bytesRead() - consumed).toBeLessThan(1_000_000);
    }
    expect(rows).toBe(60_000);
  });
});

describe('what an import says', () => {
  it('is there in both languages, with the same blanks', () => {
    const blanks = (sentence: string) => [...new Set(sentence.match(/\{\w+\}/g))].sort();
    expect(Object.keys(words.zh)).toEqual(Object.keys(words.en));
    for (const [key, english] of Object.entries(words.en)) {
      const chinese = words.zh[key as keyof typeof words.en];
      expect([key, blanks(chinese)]).toEqual([key, blanks(english)]);
      expect(chinese).not.toBe(english);
    }
  });
});
