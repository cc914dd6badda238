import {
  assertNever,
  type Company,
  type Decision,
  defineSlice,
  isRejection,
  type Meta,
  type Policies,
  reject,
  type Stamped,
} from '#kernel';
import { isSameMoney, sumOf } from '../vocabulary/money.js';
import type { Vertical } from '../vocabulary/verticals.js';
import { type Booking, evolve, idsOf, type Known, openLines, participants } from './booking.js';
import {
  type AcceptQuote,
  type BookingCommand,
  type BookingEvent,
  type CancelBooking,
  type CapturePayment,
  type CompleteService,
  commands,
  events,
  type IssueQuote,
  type IssueRefund,
  type PlaceBooking,
  type RecordRefundWithoutBooking,
} from './booking.messages.js';
import { touchpoint, words } from './booking.words.js';
import { type BookingPolicies, inBaseAsAgreed, inBaseToday, priceOf, termsOf, type Wish } from './terms.js';

const decide = (
  command: Stamped<BookingCommand>,
  booking: Booking,
  policies: Policies<BookingPolicies>,
): Decision<BookingEvent> => {
  switch (command.type) {
    case 'PlaceBooking':
      return place(booking, command.data, policies);
    case 'IssueQuote':
      return quote(booking, command.data, policies);
    case 'AcceptQuote':
      return accept(booking, command.data, command.meta);
    case 'RecordRefundWithoutBooking':
      return recordRefund(booking, command.data, policies);
    default:
      return continued(booking, command, policies);
  }
};

type LaterCommand = Exclude<
  BookingCommand,
  { type: 'PlaceBooking' | 'IssueQuote' | 'AcceptQuote' | 'RecordRefundWithoutBooking' }
>;

const continued = (
  booking: Booking,
  { type, data }: LaterCommand,
  policies: Policies<BookingPolicies>,
): Decision<BookingEvent> => {
  switch (type) {
    case 'ConfirmBooking':
      return confirm(booking);
    case 'CancelBooking':
      return cancel(booking, data);
    case 'RecordNoShow':
      return recordNoShow(booking);
    case 'CompleteService':
      return complete(booking, data);
    case 'CapturePayment':
      return capture(booking, data, policies);
    case 'IssueRefund':
      return refund(booking, data);
    default:
      return assertNever(type);
  }
};

const place = (booking: Booking, data: PlaceBooking, policies: Policies<BookingPolicies>): Decision<BookingEvent> => {
  if (booking.status === 'refund-only') return reject('booking-id-taken');
  if (booking.status === 'none') return placed(data, policies);
  if (booking.placed) return repeated(booking, data);
  if (booking.status !== 'quoted') return reject('booking-not-open');
  const { booker = data.booker } = booking.terms;
  if (data.booker && data.booker !== booker) return reject('booking-id-taken');
  return placed({ ...data, ...(booker && { booker }) }, policies);
};

const placed = (data: PlaceBooking, policies: Policies<BookingPolicies>): Decision<BookingEvent> => {
  const terms = termsOf(data, policies);
  return isRejection(terms) ? terms : [{ type: 'BookingPlaced', data: terms }];
};

const quote = (booking: Booking, data: IssueQuote, policies: Policies<BookingPolicies>): Decision<BookingEvent> => {
  if (booking.status === 'refund-only') return reject('booking-id-taken');
  if (booking.status !== 'none') return repeated(booking, data);
  const terms = termsOf(data, policies);
  return isRejection(terms) ? terms : [{ type: 'QuoteIssued', data: terms }];
};

/** The same wish for the same booking is no news; another one has the wrong id. */
const repeated = ({ terms }: Known, { booker = terms.booker, lines }: Wish): Decision<BookingEvent> => {
  const price = priceOf(lines);
  if (isRejection(price)) return price;
  return booker === terms.booker && isSameMoney(price.total, terms.total) ? [] : reject('booking-id-taken');
};

const accept = (booking: Booking, data: AcceptQuote, { occurredAt }: Meta): Decision<BookingEvent> => {
  if (booking.status === 'placed') return [];
  if (booking.status !== 'quoted') return reject('booking-not-quoted');
  const { validUntil, ...terms } = booking.terms;
  if (validUntil && occurredAt > validUntil) return reject('quote-expired');
  return [{ type: 'BookingPlaced', data: { ...terms, ...data } }];
};

const recordRefund = (
  booking: Booking,
  data: RecordRefundWithoutBooking,
  policies: Policies<BookingPolicies>,
): Decision<BookingEvent> => {
  if (booking.status !== 'none') {
    const isRepeat =
      booking.status === 'refund-only' && booking.payer === data.payer && isSameMoney(booking.refund, data.refund);
    return isRepeat ? [] : reject('booking-id-taken');
  }
  if (data.refund.amount <= 0) return reject('amount-not-positive');
  const inBase = inBaseToday(data.refund, policies);
  if (isRejection(inBase)) return inBase;
  const vertical = data.vertical ?? (policies.company.vertical as Vertical);
  return [{ type: 'RefundRecordedWithoutBooking', data: { ...data, vertical, ...inBase } }];
};

const isPlaced = (booking: Booking): booking is Known & { placed: true } => 'terms' in booking && booking.placed;
const isRunning = (booking: Booking): booking is Known & { status: 'placed' | 'confirmed' } =>
  booking.status === 'placed' || booking.status === 'confirmed';
const refused = (booking: Booking) => reject(isPlaced(booking) ? 'booking-not-open' : 'booking-not-placed');

const confirm = (booking: Booking): Decision<BookingEvent> => {
  if (booking.status === 'confirmed') return [];
  return booking.status === 'placed' ? [{ type: 'BookingConfirmed', data: {} }] : refused(booking);
};

const cancel = (booking: Booking, data: CancelBooking): Decision<BookingEvent> => {
  if (booking.status === 'cancelled') return [];
  if (booking.status !== 'quoted' && !isRunning(booking)) return refused(booking);
  const lineIds = idsOf(openLines(booking));
  return [{ type: 'BookingCancelled', data: { voluntary: data.by === 'customer', ...data, lineIds } }];
};

const recordNoShow = (booking: Booking): Decision<BookingEvent> => {
  if (booking.status === 'no_show') return [];
  if (!isRunning(booking)) return refused(booking);
  return [{ type: 'NoShowRecorded', data: { lineIds: idsOf(openLines(booking)) } }];
};

const complete = (booking: Booking, data: CompleteService): Decision<BookingEvent> => {
  if (!isPlaced(booking)) return reject('booking-not-placed');
  const { vertical, lines, total } = booking.terms;
  const wanted = data.lineIds ?? idsOf(lines);
  if (!wanted.every((lineId) => idsOf(lines).includes(lineId))) return reject('line-unknown');
  const served = openLines(booking).filter(({ lineId }) => wanted.includes(lineId));
  if (served.length === 0) return [];
  if (!isRunning(booking)) return reject('booking-not-open');
  const prices = served.map(({ price }) => price);
  const amount = sumOf(prices, total.currency);
  return [
    {
      type: 'ServiceCompleted',
      data: { vertical, lineIds: idsOf(served), amount, ...inBaseAsAgreed(amount, booking.terms) },
    },
  ];
};

const capture = (
  booking: Booking,
  data: CapturePayment,
  policies: Policies<BookingPolicies>,
): Decision<BookingEvent> => {
  if (!isPlaced(booking)) return reject('booking-not-placed');
  if (booking.payments.includes(data.paymentId)) return [];
  if (data.amount.amount <= 0) return reject('amount-not-positive');
  const { terms } = booking;
  const isAsAgreed = data.amount.currency === terms.total.currency;
  const inBase = isAsAgreed ? inBaseAsAgreed(data.amount, terms) : inBaseToday(data.amount, policies);
  return isRejection(inBase) ? inBase : [{ type: 'PaymentCaptured', data: { ...data, ...inBase } }];
};

const refund = (booking: Booking, data: IssueRefund): Decision<BookingEvent> => {
  if (!isPlaced(booking)) return reject('booking-not-placed');
  if (booking.refunds.includes(data.refundId)) return [];
  const { terms, refunded } = booking;
  const { amount, currency } = data.amount;
  if (currency !== terms.total.currency) return reject('currency-differs');
  if (amount <= 0) return reject('amount-not-positive');
  if (refunded + amount > terms.total.amount) return reject('refund-exceeds-total');
  return [{ type: 'RefundIssued', data: { ...data, ...inBaseAsAgreed(data.amount, terms) } }];
};

const needs = (command: BookingCommand, booking: Booking, company: Company): { fx?: string } => {
  const currency = currencyToConvert(command, booking);
  return currency === undefined || currency === company.currency ? {} : { fx: `fx.${currency}` };
};

const currencyToConvert = ({ type, data }: BookingCommand, booking: Booking): string | undefined => {
  switch (type) {
    case 'PlaceBooking':
    case 'IssueQuote':
      return data.lines[0]?.price.currency;
    case 'RecordRefundWithoutBooking':
      return data.refund.currency;
    case 'CapturePayment':
      return isPlaced(booking) && data.amount.currency === booking.terms.total.currency
        ? undefined
        : data.amount.currency;
    default:
      return undefined;
  }
};

export const booking = defineSlice<BookingCommand, Booking, BookingEvent, BookingPolicies>({
  category: 'booking',
  collection: 'bookings',
  openings: ['PlaceBooking', 'IssueQuote', 'RecordRefundWithoutBooking'],
  commands,
  events,
  upcasters: {},
  initial: { status: 'none' },
  needs,
  evolve,
  decide,
  participants,
  touchpoint,
  words,
});
