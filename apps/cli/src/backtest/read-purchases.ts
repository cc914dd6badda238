import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { parse } from 'csv-parse';
import { type Ledger, LedgerBuilder, PURCHASE, RETURN } from '#analytics';
import { parseAmount, saysCancelled } from './amounts.js';
import { parseDay } from './dates.js';
import { fieldsOf, type Layout, layoutOf } from './layout.js';
import { type BacktestRequest, type ReadingNotes, Refused } from './request.js';

const BEGINNING = 1 << 20;
const REPORT_EVERY = 20_000;

async function beginningOf(file: string): Promise<{ text: string; size: number }> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new Refused({ code: 'no-such-file' });
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(BEGINNING, found.size)), 0);
    return { text: buffer.subarray(0, bytesRead).toString('utf8'), size: found.size };
  } finally {
    await handle.close();
  }
}

type Counts = {
  -readonly [K in Exclude<keyof ReadingNotes, 'customers' | 'sameDay' | 'repeated' | 'dateOrderAssumed'>]: number;
};

/** Turns records into ledger rows; keeps one number per customer and nothing of a record. */
class Reader {
  readonly builder = new LedgerBuilder();
  readonly counts: Counts = {
    rows: 0,
    unreadableDates: 0,
    missingIds: 0,
    futureDates: 0,
    missingAmounts: 0,
    returns: 0,
  };
  private readonly numbers = new Map<string, number>();

  constructor(
    private readonly layout: Layout,
    private readonly today: number,
  ) {}

  take(record: readonly string[]): void {
    const { id, date } = this.layout;
    this.counts.rows++;
    const customer = record[id];
    const day = parseDay(record[date] ?? '', this.layout.order);
    if (!customer) this.counts.missingIds++;
    else if (day === undefined) this.counts.unreadableDates++;
    else if (day > this.today) this.counts.futureDates++;
    else this.keep(customer, day, record);
  }

  private keep(customer: string, day: number, record: readonly string[]): void {
    const { amount, cancelled } = this.layout;
    const value = amount === undefined ? Number.NaN : parseAmount(record[amount]);
    const returned = value < 0 || (cancelled !== undefined && saysCancelled(record[cancelled]));
    if (amount !== undefined && Number.isNaN(value)) this.counts.missingAmounts++;
    if (returned) this.counts.returns++;
    this.builder.add(this.numberOf(customer), day, value, returned ? RETURN : PURCHASE);
  }

  private numberOf(customer: string): number {
    const known = this.numbers.get(customer);
    if (known !== undefined) return known;
    this.numbers.set(customer, this.numbers.size);
    return this.numbers.size - 1;
  }
}

/** Reads a purchase file as a stream: 17 bytes a row and one entry a customer stay in memory. */
export async function readPurchases(
  request: BacktestRequest,
  watch: (share: number) => void,
): Promise<{ readonly ledger: Ledger; readonly notes: ReadingNotes }> {
  const { text, size } = await beginningOf(request.file);
  const layout = layoutOf(text, request.columns, request.dates);
  const { delimiter } = layout;
  const stream = createReadStream(request.file, { highWaterMark: 1 << 18 });
  const records = stream.pipe(
    parse({
      delimiter,
      bom: true,
      trim: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      from: layout.hasHeader ? 2 : 1,
    }),
  );
  stream.on('error', (error) => records.destroy(error));
  const reader = new Reader(layout, request.today);
  for await (const record of records) {
    reader.take(fieldsOf(record, delimiter));
    if (reader.counts.rows % REPORT_EVERY === 0) watch(Math.min(1, stream.bytesRead / size));
  }
  const ledger = reader.builder.build();
  const { joined, repeated } = ledger.purchases;
  const notes = {
    ...reader.counts,
    customers: ledger.customers,
    sameDay: joined,
    repeated,
    dateOrderAssumed: layout.orderAssumed,
  };
  return { ledger, notes };
}
