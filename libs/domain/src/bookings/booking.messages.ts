import { IsBoolean, IsIn, IsInt, Max, Min } from 'class-validator';
import type { CommandsOf, EventsOf } from '#kernel';
import { ConvertedMoney, Money } from '../vocabulary/money.js';
import { BookedLine, PriceLine } from '../vocabulary/price-line.js';
import { IsCode, IsId, IsInstant, IsReference, ListOf, MayBeAbsent, Nested, Texts, UUID } from '../vocabulary/rules.js';
import { TimeWindow } from '../vocabulary/time-window.js';
import { IsVertical, type Vertical } from '../vocabulary/verticals.js';

const cancellers = ['customer', 'operator', 'system'] as const;
type Canceller = (typeof cancellers)[number];
const LINE_ID = /^\d{1,3}$/;

/** How many come: for whoever is not known by name, too. */
export class Guests {
  /** How many grown-ups. */
  @MayBeAbsent() @IsInt() @Min(0) @Max(999) adults?: number;
  /** How many children. */
  @MayBeAbsent() @IsInt() @Min(0) @Max(999) children?: number;
  /** How many babies. */
  @MayBeAbsent() @IsInt() @Min(0) @Max(999) infants?: number;
}

/** What is asked for, by whom and for whom. Who books also travels and pays, where nobody else is named. */
class Wish {
  @MayBeAbsent() @IsId() booker?: string;
  @MayBeAbsent() @Texts(UUID, { max: 500 }) travellers?: readonly string[];
  @MayBeAbsent() @IsId() payer?: string;
  @MayBeAbsent() @Nested(Guests) guests?: Guests;
  @MayBeAbsent() @IsVertical() vertical?: Vertical;
  @ListOf(PriceLine) lines!: readonly PriceLine[];
  @MayBeAbsent() @Nested(TimeWindow) serviceWindow?: TimeWindow;
  @MayBeAbsent() @IsCode() termsVersion?: string;
}

export class PlaceBooking extends Wish {
  @MayBeAbsent() @IsReference() orderNumber?: string;
  @MayBeAbsent() @IsCode() partner?: string;
  @MayBeAbsent() @IsCode() campaign?: string;
}

export class IssueQuote extends Wish {
  @MayBeAbsent() @IsInstant() validUntil?: string;
}

export class AcceptQuote {
  @MayBeAbsent() @IsReference() orderNumber?: string;
}

export class RecordRefundWithoutBooking {
  @MayBeAbsent() @IsId() payer?: string;
  @MayBeAbsent() @IsVertical() vertical?: Vertical;
  @Nested(Money) refund!: Money;
  @MayBeAbsent() @IsReference() orderNumber?: string;
}

export class ConfirmBooking {}

export class CancelBooking {
  @IsIn(cancellers) by!: Canceller;
  @MayBeAbsent() @IsBoolean() voluntary?: boolean;
  @MayBeAbsent() @IsCode() reason?: string;
}

export class RecordNoShow {}

export class CompleteService {
  @MayBeAbsent() @Texts(LINE_ID, { min: 1 }) lineIds?: readonly string[];
}

export class CapturePayment {
  @IsReference() paymentId!: string;
  @IsCode() method!: string;
  @Nested(Money) amount!: Money;
}

export class IssueRefund {
  @IsReference() refundId!: string;
  @Nested(Money) amount!: Money;
  @MayBeAbsent() @IsCode() reason?: string;
}

export const commands = {
  PlaceBooking,
  IssueQuote,
  AcceptQuote,
  RecordRefundWithoutBooking,
  ConfirmBooking,
  CancelBooking,
  RecordNoShow,
  CompleteService,
  CapturePayment,
  IssueRefund,
};
export type BookingCommand = CommandsOf<typeof commands>;

// Storage format. Names are for ever; shapes move forward through upcasters.

/** `inBase` is the amount in the company's currency, frozen, where the two differ. */
class Priced {
  @IsVertical() vertical!: Vertical;
  /** What is sold, line by line. */
  @ListOf(BookedLine) lines!: readonly BookedLine[];
  /** The sum of the lines. */
  @Nested(Money) total!: Money;
  @MayBeAbsent() @Nested(ConvertedMoney) inBase?: ConvertedMoney;
  /** The customer who booked. */
  @MayBeAbsent() @IsId() booker?: string;
  /** The customers who are served. */
  @Texts(UUID, { max: 500 }) travellers!: readonly string[];
  @MayBeAbsent() @IsId() payer?: string;
  @MayBeAbsent() @Nested(Guests) guests?: Guests;
  @MayBeAbsent() @Nested(TimeWindow) serviceWindow?: TimeWindow;
  /** Which terms of business were agreed. */
  @MayBeAbsent() @IsCode() termsVersion?: string;
}

export class QuoteIssued extends Priced {
  /** Until when it may be accepted; absent: for ever. */
  @MayBeAbsent() @IsInstant() validUntil?: string;
}

export class BookingPlaced extends Priced {
  @MayBeAbsent() @IsReference() orderNumber?: string;
  @MayBeAbsent() @IsCode() partner?: string;
  @MayBeAbsent() @IsCode() campaign?: string;
}

export class RefundRecordedWithoutBooking {
  @IsVertical() vertical!: Vertical;
  @MayBeAbsent() @IsId() payer?: string;
  /** How much was given back. */
  @Nested(Money) refund!: Money;
  @MayBeAbsent() @Nested(ConvertedMoney) inBase?: ConvertedMoney;
  @MayBeAbsent() @IsReference() orderNumber?: string;
}

export class BookingConfirmed {}

export class BookingCancelled {
  /** Who ended it. */
  @IsIn(cancellers) by!: Canceller;
  /** Whether the customer wanted it so. */
  @IsBoolean() voluntary!: boolean;
  @Texts(LINE_ID, { min: 1 }) lineIds!: readonly string[];
  @MayBeAbsent() @IsCode() reason?: string;
}

export class NoShowRecorded {
  @Texts(LINE_ID, { min: 1 }) lineIds!: readonly string[];
}

export class ServiceCompleted {
  @IsVertical() vertical!: Vertical;
  @Texts(LINE_ID, { min: 1 }) lineIds!: readonly string[];
  @Nested(Money) amount!: Money;
  @MayBeAbsent() @Nested(ConvertedMoney) inBase?: ConvertedMoney;
}

export class PaymentCaptured {
  /** The id of the payment at its provider. */
  @IsReference() paymentId!: string;
  @IsCode() method!: string;
  @Nested(Money) amount!: Money;
  @MayBeAbsent() @Nested(ConvertedMoney) inBase?: ConvertedMoney;
}

export class RefundIssued {
  /** The id of the refund at its provider. */
  @IsReference() refundId!: string;
  @Nested(Money) amount!: Money;
  @MayBeAbsent() @Nested(ConvertedMoney) inBase?: ConvertedMoney;
  @MayBeAbsent() @IsCode() reason?: string;
}

export const events = {
  QuoteIssued,
  BookingPlaced,
  RefundRecordedWithoutBooking,
  BookingConfirmed,
  BookingCancelled,
  NoShowRecorded,
  ServiceCompleted,
  PaymentCaptured,
  RefundIssued,
};
export type BookingEvent = EventsOf<typeof events>;
