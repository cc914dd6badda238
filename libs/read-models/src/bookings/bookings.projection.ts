import type { booking } from '#domain';
import { defineProjection, type EventOf, idIn, perStream, type Recorded } from '#kernel';

type BookingEvent = EventOf<typeof booking>;
type Data<T extends BookingEvent['type']> = Extract<BookingEvent, { type: T }>['data'];
type Fact<T extends BookingEvent['type']> = Recorded<Extract<BookingEvent, { type: T }>>;
type Priced = Data<'BookingPlaced'>;

export const bookingStatuses = [
  'quoted',
  'placed',
  'confirmed',
  'completed',
  'cancelled',
  'no_show',
  'refund-only',
] as const;
export type BookingStatus = (typeof bookingStatuses)[number];

export type BookingRow = Readonly<{
  bookingId: string;
  status: BookingStatus;
  vertical: string;
  orderNumber: string | null;
  booker: string | null;
  payer: string | null;
  /** How many come. */
  guests: Priced['guests'] | null;
  travellers: readonly string[];
  /** Everybody in it, in whatever role. */
  customers: readonly string[];
  lines: readonly (Priced['lines'][number] & Readonly<{ status: 'open' | 'completed' | 'cancelled' | 'no_show' }>)[];
  /** Of a refund without a booking: the refund. */
  total: Priced['total'];
  inBase: Priced['inBase'] | null;
  payments: readonly (Data<'PaymentCaptured'> & Readonly<{ at: string }>)[];
  refunds: readonly (Data<'RefundIssued'> & Readonly<{ at: string }>)[];
  serviceWindow: Priced['serviceWindow'] | null;
  validUntil: string | null;
  channel: string;
  partner: string | null;
  campaign: string | null;
  cancelledBy: string | null;
  cancelReason: string | null;
  openedAt: string;
  completedAt: string | null;
}>;

const blank = {
  orderNumber: null,
  booker: null,
  payer: null,
  guests: null,
  travellers: [],
  lines: [],
  inBase: null,
  payments: [],
  refunds: [],
  serviceWindow: null,
  validUntil: null,
  partner: null,
  campaign: null,
  cancelledBy: null,
  cancelReason: null,
  completedAt: null,
};

const opened = (fact: Recorded<BookingEvent>) => ({
  bookingId: idIn(fact.stream),
  customers: [...new Set(fact.customers.map(({ id }) => id))],
  channel: fact.meta.channel,
  openedAt: fact.meta.occurredAt,
});

const agreed = (fact: Fact<'QuoteIssued' | 'BookingPlaced'>, status: 'quoted' | 'placed'): BookingRow => {
  const { lines, ...terms } = fact.data;
  const { termsVersion: _, ...told } = { ...terms, lines: lines.map((line) => ({ ...line, status: 'open' as const })) };
  return { ...blank, ...opened(fact), status, ...told };
};

const lineStatus = (row: BookingRow, lineIds: readonly string[], status: 'completed' | 'cancelled' | 'no_show') =>
  row.lines.map((line) => (lineIds.includes(line.lineId) ? { ...line, status } : line));

const completed = (row: BookingRow, { data, meta }: Fact<'ServiceCompleted'>): BookingRow => {
  const lines = lineStatus(row, data.lineIds, 'completed');
  const isOver = lines.every(({ status }) => status !== 'open');
  return { ...row, lines, ...(isOver && { status: 'completed' as const }), completedAt: meta.occurredAt };
};

type Openings = 'QuoteIssued' | 'BookingPlaced' | 'RefundRecordedWithoutBooking';
type Opening = { [T in Openings]: (row: BookingRow | null, fact: Fact<T>) => BookingRow };
type Step = { [T in Exclude<BookingEvent['type'], Openings>]: (row: BookingRow, fact: Fact<T>) => BookingRow };

/** What went the other way: totals of a list of bookings add up. */
const givenBack = <M extends Readonly<{ amount: number }>>(money: M): M => ({ ...money, amount: -money.amount });

const openings: Opening = {
  QuoteIssued: (_, fact) => agreed(fact, 'quoted'),
  BookingPlaced: (row, fact) => ({ ...agreed(fact, 'placed'), openedAt: row?.openedAt ?? fact.meta.occurredAt }),
  RefundRecordedWithoutBooking: (_, fact) => {
    const { refund, inBase, ...told } = fact.data;
    const given = { ...blank, ...opened(fact), status: 'refund-only' as const, ...told };
    return { ...given, total: givenBack(refund), ...(inBase && { inBase: givenBack(inBase) }) };
  },
};

const steps: Step = {
  BookingConfirmed: (row) => ({ ...row, status: 'confirmed' }),
  BookingCancelled: (row, { data }) => ({
    ...row,
    status: 'cancelled',
    lines: lineStatus(row, data.lineIds, 'cancelled'),
    cancelledBy: data.by,
    cancelReason: data.reason ?? null,
  }),
  NoShowRecorded: (row, { data }) => ({
    ...row,
    status: 'no_show',
    lines: lineStatus(row, data.lineIds, 'no_show'),
  }),
  ServiceCompleted: completed,
  PaymentCaptured: (row, { data, meta }) => ({ ...row, payments: [...row.payments, { ...data, at: meta.occurredAt }] }),
  RefundIssued: (row, { data, meta }) => ({ ...row, refunds: [...row.refunds, { ...data, at: meta.occurredAt }] }),
};

const isOpening = (type: BookingEvent['type']): type is Openings => type in openings;

/** Every booking as it stands. */
export const bookings = defineProjection<BookingRow, BookingEvent>({
  name: 'bookings',
  version: 2,
  hears: Object.keys({ ...openings, ...steps }) as BookingEvent['type'][],
  keys: perStream,
  fold: (row, fact) => {
    if (isOpening(fact.type)) return (openings[fact.type] as Opening['QuoteIssued'])(row, fact as Fact<'QuoteIssued'>);
    return row && (steps[fact.type] as Step['BookingConfirmed'])(row, fact as Fact<'BookingConfirmed'>);
  },
});
