import { assertNever, type Participant, type Stamped } from '#kernel';
import type { Money } from '../vocabulary/money.js';
import type { BookingEvent } from './booking.messages.js';
import type { Terms } from './terms.js';

/** A booking whose terms are known. `placed`: it went beyond a quote at some time. */
export type Known = Readonly<{
  status: 'quoted' | 'placed' | 'confirmed' | 'cancelled' | 'no_show' | 'completed';
  placed: boolean;
  terms: Terms;
  completed: readonly string[];
  payments: readonly string[];
  refunds: readonly string[];
  refunded: number;
}>;

export type Booking = { status: 'none' } | { status: 'refund-only'; payer?: string; refund: Money } | Known;

export const evolve = (booking: Booking, fact: Stamped<BookingEvent>): Booking => {
  switch (fact.type) {
    case 'QuoteIssued':
      return { ...untouched, status: 'quoted', placed: false, terms: fact.data };
    case 'BookingPlaced':
      return { ...untouched, status: 'placed', placed: true, terms: fact.data };
    case 'RefundRecordedWithoutBooking': {
      const { refund, payer } = fact.data;
      return { status: 'refund-only', refund, ...(payer && { payer }) };
    }
    default:
      return 'terms' in booking ? carriedOn(booking, fact) : booking;
  }
};

const untouched = { completed: [], payments: [], refunds: [], refunded: 0 };
type Opening = 'QuoteIssued' | 'BookingPlaced' | 'RefundRecordedWithoutBooking';
type Later = Exclude<BookingEvent, { type: Opening }>;

const carriedOn = (booking: Known, { type, data }: Later): Known => {
  switch (type) {
    case 'BookingConfirmed':
      return { ...booking, status: 'confirmed' };
    case 'BookingCancelled':
      return { ...booking, status: 'cancelled' };
    case 'NoShowRecorded':
      return { ...booking, status: 'no_show' };
    case 'ServiceCompleted': {
      const served = { ...booking, completed: [...booking.completed, ...data.lineIds] };
      return openLines(served).length === 0 ? { ...served, status: 'completed' } : served;
    }
    case 'PaymentCaptured':
      return { ...booking, payments: [...booking.payments, data.paymentId] };
    case 'RefundIssued':
      return {
        ...booking,
        refunds: [...booking.refunds, data.refundId],
        refunded: booking.refunded + data.amount.amount,
      };
    default:
      return assertNever(type);
  }
};

export const openLines = ({ terms, completed }: Known) =>
  terms.lines.filter(({ lineId }) => !completed.includes(lineId));
export const idsOf = (lines: Terms['lines']) => lines.map(({ lineId }) => lineId);

export const participants = (booking: Booking): readonly Participant[] => {
  if (booking.status === 'none') return [];
  const { booker, travellers = [], payer } = 'terms' in booking ? booking.terms : { payer: booking.payer };
  return [
    ...(booker ? [{ id: booker, role: 'booker' }] : []),
    ...[...new Set(travellers)].map((id) => ({ id, role: 'traveller' })),
    ...(payer ? [{ id: payer, role: 'payer' }] : []),
  ];
};
