import { assertNever, type Meaning, type Words } from '#kernel';
import { decimalText, type Money } from '../vocabulary/money.js';
import type { BookingCancelled, BookingEvent } from './booking.messages.js';

export const touchpoint = (fact: BookingEvent): Meaning => {
  switch (fact.type) {
    case 'QuoteIssued':
      return { sentiment: 0, summary: 'quoted', params: shown(fact.data.total) };
    case 'BookingPlaced':
      return { sentiment: 1, summary: 'placed', params: shown(fact.data.total) };
    case 'ServiceCompleted':
      return { sentiment: 1, summary: 'completed', params: shown(fact.data.amount) };
    case 'PaymentCaptured':
      return { sentiment: 0, summary: 'paid', params: { ...shown(fact.data.amount), method: fact.data.method } };
    case 'RefundIssued':
      return { sentiment: 0, summary: 'refunded', params: shown(fact.data.amount) };
    case 'RefundRecordedWithoutBooking':
      return { sentiment: 0, summary: 'refunded-without-booking', params: shown(fact.data.refund) };
    default:
      return turn(fact);
  }
};

type Turn = Extract<BookingEvent, { type: 'BookingConfirmed' | 'BookingCancelled' | 'NoShowRecorded' }>;

const turn = ({ type, data }: Turn): Meaning => {
  switch (type) {
    case 'BookingConfirmed':
      return { sentiment: 0, summary: 'confirmed' };
    case 'BookingCancelled':
      return { sentiment: data.voluntary ? 0 : -1, summary: cancelledHow(data) };
    case 'NoShowRecorded':
      return { sentiment: -1, summary: 'no-show' };
    default:
      return assertNever(type);
  }
};

const cancelledHow = ({ by, voluntary }: BookingCancelled): string => {
  if (voluntary) return by === 'customer' ? 'cancelled' : 'cancelled-on-request';
  return { customer: 'had-to-cancel', operator: 'cancelled-by-us', system: 'cancelled-by-system' }[by];
};

const shown = (money: Money) => ({ amount: decimalText(money), currency: money.currency });

export const words: Words = {
  en: {
    quoted: 'We quoted {amount} {currency}',
    placed: 'Booked for {amount} {currency}',
    confirmed: 'We confirmed the booking',
    cancelled: 'Cancelled the booking',
    'had-to-cancel': 'Had to cancel the booking',
    'cancelled-on-request': 'We cancelled the booking as asked',
    'cancelled-by-us': 'We cancelled the booking',
    'cancelled-by-system': 'The booking was cancelled automatically',
    'no-show': 'Did not show up for the booking',
    completed: 'Received the service, worth {amount} {currency}',
    paid: 'Paid {amount} {currency} ({method})',
    refunded: 'We refunded {amount} {currency}',
    'refunded-without-booking': 'We refunded {amount} {currency} for a booking we have no record of',
  },
  zh: {
    quoted: '我们报价 {amount} {currency}',
    placed: '下单，金额 {amount} {currency}',
    confirmed: '我们确认了订单',
    cancelled: '客户取消了订单',
    'had-to-cancel': '客户不得不取消订单',
    'cancelled-on-request': '我们应客户要求取消了订单',
    'cancelled-by-us': '我们取消了订单',
    'cancelled-by-system': '订单被系统自动取消',
    'no-show': '客户未到场',
    completed: '服务已完成，金额 {amount} {currency}',
    paid: '支付 {amount} {currency}（{method}）',
    refunded: '我们退款 {amount} {currency}',
    'refunded-without-booking': '我们退款 {amount} {currency}，原订单无记录',
  },
};
