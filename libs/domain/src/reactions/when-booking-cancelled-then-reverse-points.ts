import { defineReaction, type Event, idIn, type Recorded } from '#kernel';
import type { BookingCancelled, ServiceCompleted } from '../bookings/booking.messages.js';
import type { LoyaltyCommand, PointsEarned } from '../loyalty/loyalty-account.messages.js';

type Earned = Event<'PointsEarned', PointsEarned>;
type Heard = Earned | Event<'BookingCancelled', BookingCancelled> | Event<'ServiceCompleted', ServiceCompleted>;

/** Points that a booking earned, for one line of it or for the whole; `lines`: what of the whole each line earned is known. */
type Lot = Readonly<{ account: string; lotId: string; lineId: string | null; lines: readonly string[] }>;
export type EarnedBy = Readonly<{ lots: readonly Lot[]; isServed: boolean }>;

const bookingOf = (fact: Recorded<Heard>): string | undefined =>
  fact.type === 'PointsEarned' ? fact.data.source?.bookingId : idIn(fact.stream);

/**
 * What a cancelled booking had earned is taken back: of each line that is cancelled, and what the whole had earned where
 * nothing of it was served or its lines say which part is whose.
 */
export const whenBookingCancelledThenReversePoints = defineReaction<Heard, EarnedBy>({
  name: 'when-booking-cancelled-then-reverse-points',
  hears: ['PointsEarned', 'ServiceCompleted', 'BookingCancelled'],
  remembers: {
    version: 1,
    initial: { lots: [], isServed: false },
    keys: (fact) => {
      const booking = bookingOf(fact);
      return booking === undefined ? [] : [booking];
    },
    evolve: (state, fact) => {
      if (fact.type === 'BookingCancelled') return null;
      if (fact.type === 'ServiceCompleted') return state.isServed ? state : { ...state, isServed: true };
      return { ...state, lots: [...state.lots, lotOf(fact as Recorded<Earned>)] };
    },
  },
  react: (fact, { lots, isServed }) => {
    if (fact.type !== 'BookingCancelled') return [];
    const { lineIds } = fact.data;
    return lots.flatMap(({ account, ...lot }) =>
      partsOf(lot, lineIds, isServed).map((part) => {
        const command: LoyaltyCommand = { type: 'ReverseEarning', data: { ...part, reason: 'booking_cancelled' } };
        return { category: 'loyaltyAccount', id: account, command };
      }),
    );
  },
});

/** What of a lot is taken back: all of it, what those lines of it earned, or nothing. */
const partsOf = (
  { lotId, lineId, lines }: Omit<Lot, 'account'>,
  cancelled: readonly string[],
  isServed: boolean,
): readonly Readonly<{ lotId: string; lineId?: string }>[] => {
  const isGone = lineId === null ? !isServed : cancelled.includes(lineId);
  if (isGone) return [{ lotId }];
  return lines.filter((line) => cancelled.includes(line)).map((line) => ({ lotId, lineId: line }));
};

const lotOf = ({ stream, data: { lotId, source, lines = [] } }: Recorded<Earned>): Lot => ({
  account: idIn(stream),
  lotId,
  lineId: source?.lineId ?? null,
  lines: lines.map(({ lineId }) => lineId),
});
