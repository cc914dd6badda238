import { parse } from 'csv-parse/sync';
import { type DateOrder, needsOrder, orderOf, parseDay } from './dates.js';
import { Refused } from './request.js';

/** How a file is to be read. Positions are 0-based. */
export interface Layout {
  readonly delimiter: string;
  readonly hasHeader: boolean;
  readonly id: number;
  readonly date: number;
  readonly amount: number | undefined;
  readonly cancelled: number | undefined;
  readonly order: DateOrder;
  readonly orderAssumed: boolean;
}

interface Roles {
  readonly id: number;
  readonly date: number;
  readonly amount: number | undefined;
  readonly cancelled: number | undefined;
}

const NAMES: Readonly<Record<keyof Roles, readonly string[]>> = {
  id: ['customer_id', 'customerid', 'customer', 'cust_id', 'client_id', 'client', 'member_id', 'user_id', 'id'],
  date: ['date', 'ts', 'timestamp', 'day', 'order_date', 'invoicedate', 'purchase_date', 'booking_date', 'created_at'],
  amount: ['amount', 'dollar_value', 'total', 'value', 'revenue', 'price', 'spend', 'sales'],
  cancelled: ['is_cancel', 'is_cancelled', 'is_canceled', 'cancelled', 'canceled'],
};
/** CDNOW's sample: id in the full set, id in the sample, date, number of CDs, dollars; no header. */
const CDNOW_WIDTH = 5;
const CDNOW: Roles = { id: 0, date: 2, amount: 4, cancelled: undefined };

const bare = (name: string): string => name.trim().toLowerCase();

/** Fields of a record; columns lined up with spaces have no empty ones. */
export const fieldsOf = (record: readonly string[], delimiter: string): readonly string[] =>
  delimiter === ' ' ? record.filter((field) => field !== '') : record;

function delimiterOf(text: string): string {
  const lines = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(0, 20);
  const count = (mark: string) => Math.min(...lines.map((line) => line.split(mark).length - 1));
  const found = [',', ';', '\t', '|'].filter((mark) => count(mark) > 0).sort((a, b) => count(b) - count(a))[0];
  return found ?? ' ';
}

const looksLikeDay = (field: string): boolean =>
  parseDay(field, 'mdy') !== undefined || parseDay(field, 'dmy') !== undefined;

function recognised(header: readonly string[] | undefined, width: number): Roles | undefined {
  if (!header) return width === CDNOW_WIDTH ? CDNOW : undefined;
  const find = (role: keyof Roles): number | undefined => {
    const at = NAMES[role].map((name) => header.indexOf(name)).find((position) => position >= 0);
    return at;
  };
  const [id, date] = [find('id'), find('date')];
  if (id === undefined || date === undefined) return undefined;
  return { id, date, amount: find('amount'), cancelled: find('cancelled') };
}

function positionOf(column: string, header: readonly string[] | undefined, width: number): number {
  const byName = header?.indexOf(bare(column)) ?? -1;
  if (byName >= 0) return byName;
  const position = Number(column);
  if (Number.isInteger(position) && position >= 1 && position <= width) return position - 1;
  throw new Refused({ code: 'no-such-column', column, columns: header ?? positions(width) });
}

const positions = (width: number): string[] => Array.from({ length: width }, (_, i) => String(i + 1));

/** The bare words id,date,amount name roles rather than columns where the file has no header of its own. */
const onlyRoles = (columns: readonly string[]): boolean => columns.every((column) => bare(column) in NAMES);

function named(columns: readonly string[], header: readonly string[] | undefined, width: number): Roles {
  const at = (i: number): number | undefined => {
    const column = columns[i];
    return column ? positionOf(column, header, width) : undefined;
  };
  const [id, date] = [at(0), at(1)];
  if (id === undefined || date === undefined)
    throw new Refused({ code: 'columns-unclear', columns: header ?? positions(width) });
  const known = NAMES.cancelled.map((name) => header?.indexOf(name) ?? -1).find((position) => position >= 0);
  return { id, date, amount: at(2), cancelled: at(3) ?? known };
}

function rolesOf(columns: readonly string[] | undefined, header: readonly string[] | undefined, width: number): Roles {
  const known = recognised(header, width);
  const byRole = columns !== undefined && onlyRoles(columns) && !columns.every((c) => header?.includes(bare(c)));
  if (columns && !byRole) return named(columns, header, width);
  if (known) return known;
  if (byRole && !header && columns.length === width) return named(positions(width), undefined, width);
  if (byRole && header) return named(columns, header, width);
  throw new Refused({ code: 'columns-unclear', columns: header ?? positions(width) });
}

/** Recognises delimiter, header, columns and the order of dates from the beginning of a file. */
export function layoutOf(text: string, columns: readonly string[] | undefined, asked: DateOrder | undefined): Layout {
  const delimiter = delimiterOf(text);
  const lines = text.slice(0, text.lastIndexOf('\n') + 1 || undefined);
  const records: string[][] = parse(lines, {
    delimiter,
    bom: true,
    trim: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  });
  const rows = records.map((record) => fieldsOf(record, delimiter));
  const [first] = rows;
  if (!first) throw new Refused({ code: 'empty-file' });
  const hasHeader = !first.some(looksLikeDay);
  const roles = rolesOf(columns, hasHeader ? first.map(bare) : undefined, first.length);
  const dates = rows.slice(hasHeader ? 1 : 0).map((row) => row[roles.date] ?? '');
  if (!dates.some(looksLikeDay)) throw new Refused({ code: 'no-dates' });
  const told = asked ?? orderOf(dates);
  return {
    delimiter,
    hasHeader,
    ...roles,
    order: told ?? 'mdy',
    orderAssumed: told === undefined && needsOrder(dates),
  };
}
