import type { Recorded } from '#kernel';
import { recorded, remembering } from '#testing';
import type { BookingEvent } from '../bookings/booking.messages.js';
import type { LoyaltyEvent } from '../loyalty/loyalty-account.messages.js';
import { whenBookingCancelledThenReversePoints } from './when-booking-cancelled-then-reverse-points.js';

const { given } = remembering(whenBookingCancelledThenReversePoints);

describe('a cancelled booking', () => {
  it('gives back what it had earned', () => given(earned('lot-1')).when(cancelled()).then(reversal('lot-1')));
  it('gives back every lot', () =>
    given(earned('lot-1'), earned('lot-2', { lineId: '2' }))
      .when(cancelled())
      .then(reversal('lot-1'), reversal('lot-2')));
  it('of which a line was served keeps what that line earned', () =>
    given(earned('lot-1', { lineId: '1' }), earned('lot-2', { lineId: '2' }), served())
      .when(cancelled(['2']))
      .then(reversal('lot-2')));
  it('of which a part was served keeps what the whole had earned', () =>
    given(earned('lot-1'), served())
      .when(cancelled(['2']))
      .then());
  it('of which a part was served gives back what the other lines of one lot earned', () =>
    given(earned('lot-1', { lines: ['1', '2'] }), served())
      .when(cancelled(['2']))
      .then(reversal('lot-1', { lineId: '2' })));
  it('has nothing to do with what others earned', () =>
    given(earned('lot-1', { booking: another }))
      .when(cancelled())
      .then());
  it('is forgotten', () => given(earned('lot-1'), cancelled()).keeps({}));
  it('that never earned anything takes nothing', () => given().when(cancelled()).then());
});

const booking = '01900000-0000-7000-8000-0000000000b1';
const another = '01900000-0000-7000-8000-0000000000b2';
type BookingFact<T> = Extract<BookingEvent, { type: T }>;
type Earned = Extract<LoyaltyEvent, { type: 'PointsEarned' }>;

type Of = Readonly<{ lineId?: string; booking?: string; lines?: readonly string[] }>;
const earned = (lotId: string, { lineId, booking: of = booking, lines }: Of = {}) => {
  const source = { bookingId: of, ...(lineId && { lineId }) };
  const data = {
    ...{ lotId, points: 10, currency: 'redeemable' as const, source, activatesAt: '2026-03-01T09:00:00.000Z' },
    ...(lines && { lines: lines.map((line) => ({ lineId: line, points: 5 })) }),
  };
  return recorded<Earned>('loyaltyAccount-a1', [{ type: 'PointsEarned', data }])[0] as Recorded<Earned>;
};
const cancelled = (lineIds = ['1', '2']) => {
  const data = { by: 'customer' as const, voluntary: true, lineIds };
  type Cancelled = BookingFact<'BookingCancelled'>;
  return recorded<Cancelled>(`booking-${booking}`, [{ type: 'BookingCancelled', data }])[0] as Recorded<Cancelled>;
};
const served = () => {
  const data = { vertical: 'car-rental-leisure' as const, lineIds: ['1'], amount: { amount: 100, currency: 'EUR' } };
  type Completed = BookingFact<'ServiceCompleted'>;
  return recorded<Completed>(`booking-${booking}`, [{ type: 'ServiceCompleted', data }])[0] as Recorded<Completed>;
};
const reversal = (lotId: string, part: Readonly<{ lineId?: string }> = {}) => ({
  category: 'loyaltyAccount',
  id: 'a1',
  command: { type: 'ReverseEarning', data: { lotId, ...part, reason: 'booking_cancelled' } },
});
