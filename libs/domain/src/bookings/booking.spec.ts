import { at, someCompany, specification, stamped } from '#testing';
import { booking } from './booking.decider.js';
import type { BookingCommand, BookingEvent, CancelBooking } from './booking.messages.js';

const { given, tells } = specification(booking);
const withRate = (rate: string) =>
  specification(booking, { company: someCompany, fx: { ref: 'fx.GBP@1', body: { rate } } });

describe('a booking', () => {
  it('is placed with numbered lines, a total, and its booker as traveller and payer', () =>
    given().when(place).then(placed));
  it('names travellers and payer, order, partner and campaign as it was told', () =>
    given().when(placeForOthers).then(placedForOthers));
  it('says how many come, by name or not', () => given().when(placeForMany).then(placedForMany));
  it('may have nobody behind it', () => given().when(placeForNobody).then(placedForNobody));
  it('placed again is placed once', () => given(placed, confirmed).when(place).thenNothing());
  it('has one booker', () => given(placed).when(placeByAnother).thenRejected('booking-id-taken'));
  it('has one total', () => given(placed).when(placeCheaper).thenRejected('booking-id-taken'));
  it('placed again is still a price', () => given(placed).when(placeInTwoCurrencies).thenRejected('mixed-currencies'));
  it('has one currency', () => given().when(placeInTwoCurrencies).thenRejected('mixed-currencies'));
  it('needs a window that is one', () => given().when(placeWithoutTime).thenRejected('window-is-empty'));
  it('never costs less than nothing', () => given().when(placeBelowZero).thenRejected('total-is-negative'));
  it('costs what can be counted', () => given().when(placeBeyondCounting).thenRejected('amount-too-large'));
  it('is confirmed once placed', () => given(placed).when(confirm).then(confirmed));
  it('confirmed twice is confirmed once', () => given(placed, confirmed).when(confirm).thenNothing());
  it('is not confirmed before it is placed', () => given(quoted).when(confirm).thenRejected('booking-not-placed'));
  it('is not confirmed when it is over', () => given(placed, cancelled).when(confirm).thenRejected('booking-not-open'));
  it('concerns booker, travellers and payer, each once', () =>
    given(placedForOthers, confirmed).concerns(
      { id: booker, role: 'booker' },
      { id: booker, role: 'traveller' },
      { id: friend, role: 'traveller' },
      { id: firm, role: 'payer' },
    ));
  it('concerns nobody where nobody is known', () => {
    given().concerns();
    given(placedForNobody).concerns();
  });
});

describe('a quote', () => {
  it('is issued with its terms', () => given().when(quote).then(quoted));
  it('issued again is issued once', () => given(quoted).when(quote).thenNothing());
  it('with another price is another quote', () => given(quoted).when(quoteDearer).thenRejected('booking-id-taken'));
  it('needs a window that is one', () => given().when(quoteWithoutTime).thenRejected('window-is-empty'));
  it('accepted in time is placed as quoted', () => given(quoted).when(at(validUntil, accept)).then(placedAsQuoted));
  it('accepted too late has expired', () => given(quoted).when(at(afterwards, accept)).thenRejected('quote-expired'));
  it('without an end does not expire', () => given(quotedForEver).when(at(afterwards, accept)).then(placedAsQuoted));
  it('accepted twice is accepted once', () => given(quoted, placedAsQuoted).when(accept).thenNothing());
  it('is not accepted before it is issued', () => given().when(accept).thenRejected('booking-not-quoted'));
  it('gives way to another wish of the same customer', () => given(quoted).when(placeCheaper).then(placedCheaper));
  it('keeps its booker where the new wish names none', () => given(quoted).when(placeForNobody).then(placed));
  it('without a booker belongs to who places it', () => given(quotedToNobody).when(place).then(placed));
  it('belongs to one booker', () => given(quoted).when(placeByAnother).thenRejected('booking-id-taken'));
  it('can be cancelled', () => given(quoted).when(cancel).then(cancelled));
  it('cancelled was never a booking', () => {
    given(quoted, cancelled).when(place).thenRejected('booking-not-open');
    given(quoted, cancelled).when(capture).thenRejected('booking-not-placed');
    given(quoted, cancelled).when(complete).thenRejected('booking-not-placed');
  });
});

describe('a booking that ends early', () => {
  it('is the wish of a customer who cancels', () => given(placed).when(cancel).then(cancelled));
  it('is not their wish when we cancel', () => given(placed, confirmed).when(cancelByUs).then(cancelledByUs));
  it('is their wish when we cancel for them', () => given(placed).when(cancelAsAsked).then(cancelledAsAsked));
  it('gives back what is still open', () => given(placed, completedInPart).when(cancel).then(cancelledTheRest));
  it('cancelled twice is cancelled once', () => given(placed, cancelled).when(cancel).thenNothing());
  it('is not cancelled after the service', () =>
    given(placed, completed).when(cancel).thenRejected('booking-not-open'));
  it('is not cancelled before it exists', () => given().when(cancel).thenRejected('booking-not-placed'));
  it('may be a no-show', () => given(placed, confirmed).when(noShow).then(notShown));
  it('is a no-show once', () => given(placed, notShown).when(noShow).thenNothing());
  it('is no no-show before it is placed', () => given(quoted).when(noShow).thenRejected('booking-not-placed'));
  it('is no no-show when it is over', () => given(placed, cancelled).when(noShow).thenRejected('booking-not-open'));
});

describe('a service', () => {
  it('is completed with all its lines', () => given(placed, confirmed).when(complete).then(completed));
  it('needs no confirmation, and may long be over', () => given(placed).when(at(longAgo, complete)).then(completed));
  it('is completed line by line', () => {
    given(placed).when(completeFirst).then(completedInPart);
    given(placed, completedInPart).when(complete).then(completedRest);
    given(placed, completedInPart).when(completeBoth).then(completedRest);
  });
  it('completed in part is still open', () => given(placed, completedInPart).when(confirm).then(confirmed));
  it('completed twice is completed once', () => {
    given(placed, completed).when(complete).thenNothing();
    given(placed, completedInPart, cancelledTheRest).when(completeFirst).thenNothing();
  });
  it('completed line by line is over with the last', () =>
    given(placed, completedInPart, completedRest).when(noShow).thenRejected('booking-not-open'));
  it('knows its lines', () => given(placed).when(completeUnknown).thenRejected('line-unknown'));
  it('is not completed before it is booked', () => given().when(complete).thenRejected('booking-not-placed'));
  it('is not completed when it was cancelled', () =>
    given(placed, cancelled).when(complete).thenRejected('booking-not-open'));
});

describe('money', () => {
  it('is captured', () => given(placed).when(capture).then(captured));
  it('is captured when the booking is over, too', () => given(placed, completed).when(capture).then(captured));
  it('is captured once', () => given(placed, captured).when(capture).thenNothing());
  it('is not captured for a quote', () => given(quoted).when(capture).thenRejected('booking-not-placed'));
  it('captured is more than nothing', () => given(placed).when(captureNothing).thenRejected('amount-not-positive'));
  it('is refunded', () => given(placed, cancelled).when(refund).then(refunded));
  it('is refunded once', () => given(placed, refunded).when(refund).thenNothing());
  it('is refunded in parts, up to the total', () => given(placed, refunded).when(refundRest).then(refundedRest));
  it('is not refunded beyond the total', () =>
    given(placed, refunded).when(refundTooMuch).thenRejected('refund-exceeds-total'));
  it('is not refunded for a quote', () => given(quoted).when(refund).thenRejected('booking-not-placed'));
  it('refunded is more than nothing', () => given(placed).when(refundNothing).thenRejected('amount-not-positive'));
  it('is refunded in the currency of the booking', () =>
    given(placed).when(refundInPounds).thenRejected('currency-differs'));
});

describe('a refund whose booking nobody knows', () => {
  it('is recorded by itself', () => given().when(recordRefund).then(refundRecorded));
  it('belongs to the business it is said to', () => given().when(recordRailRefund).then(railRefundRecorded));
  it('concerns who paid', () => given(refundRecorded).concerns({ id: booker, role: 'payer' }));
  it('may concern nobody', () => given(railRefundRecorded).concerns());
  it('recorded again is recorded once', () => given(refundRecorded).when(recordRefund).thenNothing());
  it('has one amount', () => given(refundRecorded).when(recordRailRefund).thenRejected('booking-id-taken'));
  it('is more than nothing', () => given().when(recordNoRefund).thenRejected('amount-not-positive'));
  it('is no booking', () => {
    given(placed).when(recordRefund).thenRejected('booking-id-taken');
    given(refundRecorded).when(place).thenRejected('booking-id-taken');
    given(refundRecorded).when(quote).thenRejected('booking-id-taken');
    given(refundRecorded).when(capture).thenRejected('booking-not-placed');
  });
  it('hears nothing of bookings', () =>
    given(refundRecorded, confirmed).when(confirm).thenRejected('booking-not-placed'));
});

describe('another currency', () => {
  const { given: givenRate } = withRate('1.15');
  const { given: givenLaterRate } = withRate('2');

  it('is worth what the rate of that time says', () => {
    givenRate().when(placeInPounds).then(placedInPounds);
    givenRate().when(quoteInPounds).then(quotedInPounds);
    givenRate().when(recordRefundInPounds).then(refundInPoundsRecorded);
  });
  it('keeps the rate of the booking, whatever comes later', () => {
    givenLaterRate(quotedInPounds).when(accept).then(acceptedInPounds);
    givenLaterRate(placedInPounds).when(complete).then(completedInPounds);
    givenLaterRate(placedInPounds).when(captureInPounds).then(capturedInPounds);
    givenLaterRate(placedInPounds).when(refundInPounds).then(refundedInPounds);
  });
  it('of a payment alone has the rate of its day', () =>
    givenLaterRate(placed).when(captureInPounds).then(capturedInPoundsLater));
  it('is not booked without a rate', () => {
    given().when(placeInPounds).thenRejected('no-exchange-rate');
    given().when(quoteInPounds).thenRejected('no-exchange-rate');
    given().when(recordRefundInPounds).thenRejected('no-exchange-rate');
    given(placed).when(captureInPounds).thenRejected('no-exchange-rate');
  });
  it('is not booked at a rate that is none', () =>
    withRate('0.0').given().when(placeInPounds).thenRejected('no-exchange-rate'));
  it('costs what can be counted', () =>
    withRate('999999999999').given().when(placeDearInPounds).thenRejected('amount-too-large'));
  it('asks for its rate, and only then', () => {
    expect(needed(placeInPounds)).toEqual({ fx: 'fx.GBP' });
    expect(needed(quoteInPounds)).toEqual({ fx: 'fx.GBP' });
    expect(needed(recordRefundInPounds)).toEqual({ fx: 'fx.GBP' });
    expect(needed(captureInPounds)).toEqual({ fx: 'fx.GBP' });
    expect(needed(captureInPounds, placed)).toEqual({ fx: 'fx.GBP' });
    expect(needed(captureInPounds, placedInPounds)).toEqual({});
    expect(needed(refundInPounds, placedInPounds)).toEqual({});
    expect(needed(accept, quotedInPounds)).toEqual({});
    expect(needed(place)).toEqual({});
    expect(needed(capture, placedInPounds)).toEqual({});
  });
});

it('a booking tells its story', () => {
  tells(quoted, 'We quoted 139.12 EUR');
  tells(placed, 'Booked for 139.12 EUR');
  tells(confirmed, 'We confirmed the booking');
  tells(cancelled, 'Cancelled the booking');
  tells(cancelledBy('customer', false), 'Had to cancel the booking');
  tells(cancelledBy('operator', true), 'We cancelled the booking as asked');
  tells(cancelledBy('operator', false), 'We cancelled the booking');
  tells(cancelledBy('system', false), 'The booking was cancelled automatically');
  tells(notShown, 'Did not show up for the booking');
  tells(completed, 'Received the service, worth 139.12 EUR');
  tells(captured, 'Paid 139.12 EUR (credit_card)');
  tells(refunded, 'We refunded 39.12 EUR');
  tells(refundRecorded, 'We refunded 39.12 EUR for a booking we have no record of');
  expect([cancelled, cancelledByUs].map((fact) => booking.touchpoint(stamped<BookingEvent>(fact))?.sentiment)).toEqual([
    0, -1,
  ]);
});

const longAgo = '2011-12-09T12:50:00.000Z';
const validUntil = '2026-03-08T22:59:59.999Z';
const afterwards = '2026-03-08T23:00:00.000Z';
const booker = '01900000-0000-7000-8000-0000000000c1';
const friend = '01900000-0000-7000-8000-0000000000c2';
const firm = '01900000-0000-7000-8000-0000000000c3';
const eur = (amount: number) => ({ amount, currency: 'EUR' });
const gbp = (amount: number) => ({ amount, currency: 'GBP' });
const line = (code: string, kind: 'base' | 'tax' | 'discount', price: { amount: number; currency: string }) => ({
  code,
  kind,
  price,
});
const serviceWindow = { from: '2026-04-01T08:00:00.000Z', to: '2026-04-03T08:00:00.000Z' };
const empty = { from: serviceWindow.from, to: serviceWindow.from };
const [base, tax] = [line('compact', 'base', eur(11_900)), line('vat', 'tax', eur(2_012))];
const wish = { booker, lines: [base, tax], serviceWindow, termsVersion: 'terms-7' };
const total = eur(13_912);
const lines = [
  { ...base, lineId: '1' },
  { ...tax, lineId: '2' },
];
const terms = {
  vertical: 'car-rental-leisure' as const,
  lines,
  total,
  serviceWindow,
  termsVersion: 'terms-7',
  travellers: [booker],
};

const place: BookingCommand = { type: 'PlaceBooking', data: wish };
const placed: BookingEvent = { type: 'BookingPlaced', data: { ...terms, booker, payer: booker } };
const placeByAnother: BookingCommand = { type: 'PlaceBooking', data: { ...wish, booker: friend } };
const { booker: _, ...wishOfNobody } = wish;
const placeForNobody: BookingCommand = { type: 'PlaceBooking', data: wishOfNobody };
const placedForNobody: BookingEvent = { type: 'BookingPlaced', data: { ...terms, travellers: [] } };
const guests = { adults: 2, children: 0, infants: 1 };
const placeForMany: BookingCommand = { type: 'PlaceBooking', data: { ...wishOfNobody, guests } };
const placedForMany: BookingEvent = { type: 'BookingPlaced', data: { ...terms, travellers: [], guests } };
const order = { orderNumber: 'R-1', partner: 'broker', campaign: 'spring', vertical: 'rail' as const };
const others = { ...order, booker, travellers: [booker, friend, booker], payer: firm };
const placeForOthers: BookingCommand = { type: 'PlaceBooking', data: { ...wish, ...others } };
const placedForOthers: BookingEvent = { type: 'BookingPlaced', data: { ...terms, ...others } };
const placeCheaper: BookingCommand = { type: 'PlaceBooking', data: { booker, lines: [base] } };
const placedCheaper: BookingEvent = {
  type: 'BookingPlaced',
  data: {
    vertical: 'car-rental-leisure',
    lines: [{ ...base, lineId: '1' }],
    total: eur(11_900),
    booker,
    travellers: [booker],
    payer: booker,
  },
};
const placing = (...some: readonly ReturnType<typeof line>[]): BookingCommand => ({
  type: 'PlaceBooking',
  data: { booker, lines: some },
});
const placeInTwoCurrencies = placing(base, line('vat', 'tax', gbp(100)));
const placeBelowZero = placing(base, line('voucher', 'discount', eur(-11_901)));
const dear = Number.MAX_SAFE_INTEGER;
const placeBeyondCounting = placing(line('ship', 'base', eur(dear)), line('vat', 'tax', eur(1)));
const placeDearInPounds = placing(line('ship', 'base', gbp(dear)));
const placeWithoutTime: BookingCommand = { type: 'PlaceBooking', data: { ...wish, serviceWindow: empty } };
const confirm: BookingCommand = { type: 'ConfirmBooking', data: {} };
const confirmed: BookingEvent = { type: 'BookingConfirmed', data: {} };

const quote: BookingCommand = { type: 'IssueQuote', data: { ...wish, validUntil } };
const quoted: BookingEvent = { type: 'QuoteIssued', data: { ...terms, booker, payer: booker, validUntil } };
const quotedForEver: BookingEvent = { type: 'QuoteIssued', data: { ...terms, booker, payer: booker } };
const quotedToNobody: BookingEvent = { type: 'QuoteIssued', data: { ...terms, travellers: [] } };
const quoteDearer: BookingCommand = { type: 'IssueQuote', data: { ...wish, lines: [base, tax, tax] } };
const quoteWithoutTime: BookingCommand = { type: 'IssueQuote', data: { ...wish, serviceWindow: empty } };
const accept: BookingCommand = { type: 'AcceptQuote', data: { orderNumber: 'R-2' } };
const placedAsQuoted: BookingEvent = {
  type: 'BookingPlaced',
  data: { ...terms, booker, payer: booker, orderNumber: 'R-2' },
};

const cancelledBy = (by: CancelBooking['by'], voluntary: boolean): BookingEvent => ({
  type: 'BookingCancelled',
  data: { by, voluntary, lineIds: ['1', '2'] },
});
const cancel: BookingCommand = { type: 'CancelBooking', data: { by: 'customer' } };
const cancelled = cancelledBy('customer', true);
const cancelByUs: BookingCommand = { type: 'CancelBooking', data: { by: 'operator', reason: 'overbooked' } };
const cancelledByUs: BookingEvent = {
  type: 'BookingCancelled',
  data: { by: 'operator', voluntary: false, lineIds: ['1', '2'], reason: 'overbooked' },
};
const cancelAsAsked: BookingCommand = { type: 'CancelBooking', data: { by: 'operator', voluntary: true } };
const cancelledAsAsked = cancelledBy('operator', true);
const cancelledTheRest: BookingEvent = {
  type: 'BookingCancelled',
  data: { by: 'customer', voluntary: true, lineIds: ['2'] },
};
const noShow: BookingCommand = { type: 'RecordNoShow', data: {} };
const notShown: BookingEvent = { type: 'NoShowRecorded', data: { lineIds: ['1', '2'] } };

const complete: BookingCommand = { type: 'CompleteService', data: {} };
const completeFirst: BookingCommand = { type: 'CompleteService', data: { lineIds: ['1'] } };
const completeBoth: BookingCommand = { type: 'CompleteService', data: { lineIds: ['2', '1'] } };
const completeUnknown: BookingCommand = { type: 'CompleteService', data: { lineIds: ['1', '3'] } };
const served = (lineIds: readonly string[], amount: number): BookingEvent => ({
  type: 'ServiceCompleted',
  data: { vertical: 'car-rental-leisure', lineIds, amount: eur(amount) },
});
const completed = served(['1', '2'], 13_912);
const completedInPart = served(['1'], 11_900);
const completedRest = served(['2'], 2_012);

const payment = { paymentId: 'p1', method: 'credit_card' };
const capture: BookingCommand = { type: 'CapturePayment', data: { ...payment, amount: total } };
const captured: BookingEvent = { type: 'PaymentCaptured', data: { ...payment, amount: total } };
const captureNothing: BookingCommand = { type: 'CapturePayment', data: { ...payment, amount: eur(0) } };
const refundOf = (refundId: string, amount: ReturnType<typeof eur>): BookingCommand => ({
  type: 'IssueRefund',
  data: { refundId, amount, reason: 'goodwill' },
});
const refund = refundOf('r1', eur(3_912));
const refundRest = refundOf('r2', eur(10_000));
const refundTooMuch = refundOf('r2', eur(10_001));
const refundNothing = refundOf('r1', eur(0));
const refundInPounds = refundOf('r1', gbp(3));
const refunded: BookingEvent = {
  type: 'RefundIssued',
  data: { refundId: 'r1', amount: eur(3_912), reason: 'goodwill' },
};
const refundedRest: BookingEvent = {
  type: 'RefundIssued',
  data: { refundId: 'r2', amount: eur(10_000), reason: 'goodwill' },
};

const recordRefund: BookingCommand = {
  type: 'RecordRefundWithoutBooking',
  data: { payer: booker, refund: eur(3_912), orderNumber: 'C-1' },
};
const refundRecorded: BookingEvent = {
  type: 'RefundRecordedWithoutBooking',
  data: { vertical: 'car-rental-leisure', payer: booker, refund: eur(3_912), orderNumber: 'C-1' },
};
const railRefund = { refund: eur(500), vertical: 'rail' as const };
const recordRailRefund: BookingCommand = { type: 'RecordRefundWithoutBooking', data: railRefund };
const railRefundRecorded: BookingEvent = { type: 'RefundRecordedWithoutBooking', data: railRefund };
const recordNoRefund: BookingCommand = { type: 'RecordRefundWithoutBooking', data: { refund: eur(0) } };
const recordRefundInPounds: BookingCommand = { type: 'RecordRefundWithoutBooking', data: { refund: gbp(3) } };
const refundInPoundsRecorded: BookingEvent = {
  type: 'RefundRecordedWithoutBooking',
  data: {
    vertical: 'car-rental-leisure',
    refund: gbp(3),
    inBase: { ...eur(3), rate: '1.15' },
  },
};

const pounds = line('compact', 'base', gbp(10_030));
const inPounds = {
  vertical: 'car-rental-leisure' as const,
  booker,
  travellers: [booker],
  payer: booker,
  lines: [{ ...pounds, lineId: '1' }],
  total: gbp(10_030),
  // 11534.5 cents: half a cent goes up.
  inBase: { ...eur(11_535), rate: '1.15' },
};
const placeInPounds = placing(pounds);
const placedInPounds: BookingEvent = { type: 'BookingPlaced', data: inPounds };
const quoteInPounds: BookingCommand = { type: 'IssueQuote', data: { booker, lines: [pounds] } };
const quotedInPounds: BookingEvent = { type: 'QuoteIssued', data: inPounds };
const acceptedInPounds: BookingEvent = { type: 'BookingPlaced', data: { ...inPounds, orderNumber: 'R-2' } };
const completedInPounds: BookingEvent = {
  type: 'ServiceCompleted',
  data: { vertical: 'car-rental-leisure', lineIds: ['1'], amount: gbp(10_030), inBase: inPounds.inBase },
};
const captureInPounds: BookingCommand = { type: 'CapturePayment', data: { ...payment, amount: gbp(3) } };
const capturedInPounds: BookingEvent = {
  type: 'PaymentCaptured',
  data: { ...payment, amount: gbp(3), inBase: { ...eur(3), rate: '1.15' } },
};
const capturedInPoundsLater: BookingEvent = {
  type: 'PaymentCaptured',
  data: { ...payment, amount: gbp(3), inBase: { ...eur(6), rate: '2' } },
};
const refundedInPounds: BookingEvent = {
  type: 'RefundIssued',
  data: { refundId: 'r1', amount: gbp(3), reason: 'goodwill', inBase: { ...eur(3), rate: '1.15' } },
};

const needed = (command: BookingCommand, ...history: readonly BookingEvent[]) => {
  const state = history.map((fact) => stamped<BookingEvent>(fact)).reduce(booking.evolve, booking.initial);
  return booking.needs?.(stamped<BookingCommand>(command), state, someCompany, {});
};
