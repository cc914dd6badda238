import { isRejection, type Policies, type Policy, type Rejection, reject } from '#kernel';
import { type ConvertedMoney, converted, type ExchangeRate, isRate, type Money, sumOf } from '../vocabulary/money.js';
import type { BookedLine, PriceLine } from '../vocabulary/price-line.js';
import { isEmpty } from '../vocabulary/time-window.js';
import type { Vertical } from '../vocabulary/verticals.js';
import type { IssueQuote, PlaceBooking, QuoteIssued } from './booking.messages.js';

export type BookingPolicies = { fx?: Policy<ExchangeRate> };

/** What was offered or agreed: by whom, for whom, which lines, at what price. */
export type Terms = Readonly<QuoteIssued>;
export type Wish = Readonly<PlaceBooking | IssueQuote>;
type Price = Readonly<{ lines: readonly BookedLine[]; total: Money }>;
type InBase = Readonly<{ inBase?: ConvertedMoney }>;

/** A wish with its gaps filled: who travels and pays, the numbered lines, the total and what it is worth to the company. */
export const termsOf = <W extends Wish>(wish: W, policies: Policies<BookingPolicies>): (W & Terms) | Rejection => {
  if (wish.serviceWindow && isEmpty(wish.serviceWindow)) return reject('window-is-empty');
  const price = priceOf(wish.lines);
  if (isRejection(price)) return price;
  const inBase = inBaseToday(price.total, policies);
  if (isRejection(inBase)) return inBase;
  const vertical = wish.vertical ?? (policies.company.vertical as Vertical);
  return { ...wish, vertical, ...price, ...inBase, ...peopleIn(wish) };
};

/** Numbers the lines and adds them up, or says why they make no price. */
export const priceOf = (lines: readonly PriceLine[]): Price | Rejection => {
  const prices = lines.map(({ price }) => price);
  const [currency, another] = new Set(prices.map((price) => price.currency));
  if (currency === undefined || another !== undefined) return reject('mixed-currencies');
  const total = sumOf(prices, currency);
  if (total.amount < 0) return reject('total-is-negative');
  if (!Number.isSafeInteger(total.amount)) return reject('amount-too-large');
  return { lines: lines.map((line, index) => ({ ...line, lineId: String(index + 1) })), total };
};

const peopleIn = ({ booker, payer = booker, travellers = booker ? [booker] : [] }: Wish) => ({
  travellers,
  ...(payer && { payer }),
});

/** The amount in the company's currency at the rate in force now; nothing where it already is in that currency. */
export const inBaseToday = (amount: Money, { company, fx }: Policies<BookingPolicies>): InBase | Rejection => {
  if (amount.currency === company.currency) return {};
  const rate = fx?.body.rate;
  if (!isRate(rate)) return reject('no-exchange-rate');
  const inBase = converted(amount, rate, company.currency);
  return Number.isSafeInteger(inBase.amount) ? { inBase } : reject('amount-too-large');
};

/** An amount in the booking's currency, at the rate that was frozen when its terms were made. */
export const inBaseAsAgreed = (amount: Money, { inBase }: Terms): InBase =>
  inBase ? { inBase: converted(amount, inBase.rate, inBase.currency) } : {};
