import type { booking } from '#domain';
import type { EventOf } from '#kernel';
import { at, view } from '#testing';
import { bookings } from './bookings.projection.js';

type BookingEvent = EventOf<typeof booking>;
const { given } = view(bookings);
const bookingAfter = (...events: readonly BookingEvent[]) => ({
  is: (expected: object) =>
    given({ stream: 'booking-1', customers, events: events.map((event) => at(noon, event)) }).thenRow('1', expected),
});

describe('a booking', () => {
  it('is placed by somebody for somebody', () =>
    bookingAfter(placed).is({
      bookingId: '1',
      status: 'placed',
      booker: 'ann',
      payer: 'acme',
      travellers: ['bob'],
      customers: ['ann', 'bob', 'acme'],
      orderNumber: 'PO-1',
      total: money(300),
      openedAt: noon,
      completedAt: null,
    }));
  it('says how many come, where that is known', () => {
    const guests = { adults: 2, children: 1 };
    bookingAfter({ ...placed, data: { ...placed.data, guests } }).is({ guests });
    bookingAfter(placed).is({ guests: null });
  });
  it('may begin as a quote', () => {
    bookingAfter(quoted).is({ status: 'quoted', validUntil: noon });
    bookingAfter(quoted, placed).is({ status: 'placed', validUntil: null });
  });
  it('is confirmed, cancelled or not turned up for', () => {
    bookingAfter(placed, confirmed).is({ status: 'confirmed' });
    bookingAfter(placed, cancelled).is({ status: 'cancelled', cancelledBy: 'operator', cancelReason: 'no_car' });
    bookingAfter(placed, noShow).is({ status: 'no_show', lines: [{ status: 'no_show' }, { status: 'no_show' }] });
  });
  it('is completed with its last line', () => {
    const lines = [
      { lineId: '1', status: 'completed' },
      { lineId: '2', status: 'open' },
    ];
    bookingAfter(placed, confirmed, served('1')).is({ status: 'confirmed', lines });
    bookingAfter(placed, confirmed, served('1'), served('2')).is({ status: 'completed', completedAt: noon });
  });
  it('lists what was paid and given back', () =>
    bookingAfter(placed, paid, refunded).is({
      payments: [{ paymentId: 'p1', method: 'card', amount: money(300), at: noon }],
      refunds: [{ refundId: 'r1', amount: money(100), at: noon }],
    }));
  it('may be nothing but a refund', () =>
    bookingAfter({
      type: 'RefundRecordedWithoutBooking',
      data: { vertical: 'retail', payer: 'ann', refund: money(50), orderNumber: 'C1' },
    }).is({ status: 'refund-only', payer: 'ann', total: money(-50), orderNumber: 'C1', lines: [] }));
});

const noon = '2026-03-01T12:00:00.000Z';
const money = (amount: number) => ({ amount, currency: 'EUR' });
const customers = [
  { id: 'ann', role: 'booker' },
  { id: 'bob', role: 'traveller' },
  { id: 'acme', role: 'payer' },
];
const lines = ['1', '2'].map((lineId) => ({ lineId, code: 'car', kind: 'base' as const, price: money(150) }));
const terms = {
  vertical: 'retail' as const,
  lines,
  total: money(300),
  booker: 'ann',
  travellers: ['bob'],
  payer: 'acme',
};
const quoted: BookingEvent = { type: 'QuoteIssued', data: { ...terms, validUntil: noon } };
const placed: Extract<BookingEvent, { type: 'BookingPlaced' }> = {
  type: 'BookingPlaced',
  data: { ...terms, orderNumber: 'PO-1' },
};
const confirmed: BookingEvent = { type: 'BookingConfirmed', data: {} };
const cancelled: BookingEvent = {
  type: 'BookingCancelled',
  data: { by: 'operator', voluntary: false, lineIds: ['1', '2'], reason: 'no_car' },
};
const noShow: BookingEvent = { type: 'NoShowRecorded', data: { lineIds: ['1', '2'] } };
const served = (lineId: string): BookingEvent => ({
  type: 'ServiceCompleted',
  data: { vertical: 'retail', lineIds: [lineId], amount: money(150) },
});
const paid: BookingEvent = { type: 'PaymentCaptured', data: { paymentId: 'p1', method: 'card', amount: money(300) } };
const refunded: BookingEvent = { type: 'RefundIssued', data: { refundId: 'r1', amount: money(100) } };
