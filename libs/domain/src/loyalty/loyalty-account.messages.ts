import { IsBoolean, IsIn, IsInt, Matches, Max, Min } from 'class-validator';
import { type CommandsOf, type EventsOf, Personal } from '#kernel';
import { Money } from '../vocabulary/money.js';
import { IsCode, IsId, IsInstant, IsLocalDate, IsReference, ListOf, MayBeAbsent, Nested } from '../vocabulary/rules.js';
import { expiryMethods } from './loyalty-programme.messages.js';

const currencies = ['redeemable', 'qualifying'] as const;
type PointsCurrency = (typeof currencies)[number];
export const MOST_POINTS = 1_000_000_000;
const IsPoints = () => (prototype: object, field: string) => {
  for (const rule of [IsInt(), Min(1), Max(MOST_POINTS)]) rule(prototype, field);
};
export const MOST_ALLOCATIONS = 1000;
const MOST_LINES = 100;

/** By which rule a lot ends: its programme's, one told with it, or one that a returned reward gave it. */
const endings = [...expiryMethods, 'own', 'grace', 'reinstatement'] as const;
export type Ending = (typeof endings)[number];

/** Why a reservation ended without its reward, where nobody ended it. */
const causes = ['lapsed'] as const;

/** Where points come from: one line of one booking. */
class EarningSource {
  @IsId() bookingId!: string;
  @MayBeAbsent() @IsReference() lineId?: string;
}

/** One line of an order: `points` told, `spend` priced by the programme, or both together. */
export class EarningLine {
  @IsReference() lineId!: string;
  @MayBeAbsent() @IsPoints() points?: number;
  @MayBeAbsent() @Nested(Money) spend?: Money;
}

/** So many points of one lot. */
class Allocation {
  @IsReference() lotId!: string;
  @IsPoints() points!: number;
}

export class EnrolMember {
  @IsId() member!: string;
  @MayBeAbsent() @IsCode() programme?: string;
  @Personal('member') @MayBeAbsent() @IsReference() memberNumber?: string;
}

/** A number of points, an amount spent for which the programme says how many, or the lines of an order, each for itself. */
export class EarnPoints {
  @IsReference() lotId!: string;
  @MayBeAbsent() @IsPoints() points?: number;
  @MayBeAbsent() @Nested(Money) spend?: Money;
  @MayBeAbsent() @ListOf(EarningLine, { max: MOST_LINES }) lines?: readonly EarningLine[];
  @MayBeAbsent() @IsIn(currencies) currency?: PointsCurrency;
  @MayBeAbsent() @Nested(EarningSource) source?: EarningSource;
}

/** Points from before, from another system or another programme: one lot, with days of its own in the programme's zone. */
export class BringOpeningBalance {
  @IsReference() lotId!: string;
  @IsPoints() points!: number;
  @MayBeAbsent() @IsIn(currencies) currency?: PointsCurrency;
  /** The first day on which they may be spent; left out: at once. */
  @MayBeAbsent() @IsLocalDate() activatesOn?: string;
  /** The last day on which they may be spent; left out: there is none. */
  @MayBeAbsent() @IsLocalDate() lastDay?: string;
}

export class ReserveRedemption {
  @IsReference() redemptionId!: string;
  @IsPoints() points!: number;
  @MayBeAbsent() @IsReference() rewardRef?: string;
}

export class CommitRedemption {
  @IsReference() redemptionId!: string;
}

export class ReleaseRedemption {
  @IsReference() redemptionId!: string;
}

/** A reward that was redeemed is not taken, or is returned: its points go back to their lots. */
export class ReverseRedemption {
  @IsReference() redemptionId!: string;
  @IsCode() reason!: string;
}

/** `points`: how many of the lot's, or its line's, points are taken back in all, so that a refund and its chargeback count once. */
export class ReverseEarning {
  @IsReference() lotId!: string;
  @MayBeAbsent() @IsReference() lineId?: string;
  @MayBeAbsent() @IsPoints() points?: number;
  @IsCode() reason!: string;
}

export class ExpirePoints {
  @IsReference() lotId!: string;
}

/** Said by the deadline of the view `points`, dated when it was due: what begins, ends or lapses at that very instant is recorded. */
export class SweepLots {}

export const commands = {
  EnrolMember,
  EarnPoints,
  BringOpeningBalance,
  ReserveRedemption,
  CommitRedemption,
  ReleaseRedemption,
  ReverseRedemption,
  ReverseEarning,
  ExpirePoints,
  SweepLots,
};
export type LoyaltyCommand = CommandsOf<typeof commands>;

// Storage format. Names are for ever; shapes move forward through upcasters.

export class MemberEnrolled {
  /** The customer who joined. */
  @IsId() member!: string;
  /** The programme they joined: a policy `loyalty.<programme>`. */
  @IsCode() programme!: string;
  /** The number on their card. */
  @Personal('member') @MayBeAbsent() @IsReference() memberNumber?: Personal<string>;
}

/** What one line gave, which is all that its return takes back. */
class EarnedLine {
  @IsReference() lineId!: string;
  @IsInt() @Min(0) @Max(MOST_POINTS) points!: number;
  /** The amount of the line. */
  @MayBeAbsent() @Nested(Money) spend?: Money;
}

/** The version of the programme that granted points, such as `loyalty.default@1`. */
const IsRule = () => Matches(/^[a-z0-9._-]{1,120}@\d{1,9}$/);

export class PointsEarned {
  @IsReference() lotId!: string;
  @IsPoints() points!: number;
  /** Whether they buy rewards or count for the tier. */
  @IsIn(currencies) currency!: PointsCurrency;
  /** What they were earned with. */
  @MayBeAbsent() @Nested(EarningSource) source?: EarningSource;
  /** The amount they were earned for. */
  @MayBeAbsent() @Nested(Money) spend?: Money;
  /** What each line gave. */
  @MayBeAbsent() @ListOf(EarnedLine, { max: MOST_LINES }) lines?: readonly EarnedLine[];
  @IsInstant() activatesAt!: string;
  @MayBeAbsent() @IsInstant() expiresAt?: string;
  /** In the programme's zone: the day of earning, and the last day on which they may be spent. */
  @MayBeAbsent() @IsLocalDate() earnedOn?: string;
  @MayBeAbsent() @IsLocalDate() lastDay?: string;
  @MayBeAbsent() @IsIn(endings) ending?: Ending;
  @MayBeAbsent() @IsRule() rule?: string;
}

/** A lot from before. It counts as any other, but nobody earned it here. */
export class OpeningBalanceBrought {
  @IsReference() lotId!: string;
  @IsPoints() points!: number;
  @IsIn(currencies) currency!: PointsCurrency;
  @IsInstant() activatesAt!: string;
  @MayBeAbsent() @IsInstant() expiresAt?: string;
  @IsLocalDate() earnedOn!: string;
  @MayBeAbsent() @IsLocalDate() lastDay?: string;
}

/** The lock of a lot has ended. What may be spent depends on the lot's own instants, never on this. */
export class PointsActivated {
  @IsReference() lotId!: string;
  @IsPoints() points!: number;
}

/** Somebody was active: every lot that lasts while they are (`inactivity`) and has not expired lasts until then. */
export class ExpiryExtended {
  /** When they expire now. */
  @IsInstant() expiresAt!: string;
  @IsLocalDate() lastDay!: string;
}

export class RedemptionReserved {
  @IsReference() redemptionId!: string;
  @IsPoints() points!: number;
  /** Which lots the points are taken from. */
  @ListOf(Allocation, { max: MOST_ALLOCATIONS }) allocations!: readonly Allocation[];
  /** How long they are held. */
  @IsInstant() reservedUntil!: string;
  /** The reward, from its catalogue. */
  @MayBeAbsent() @IsReference() rewardRef?: string;
}

export class RedemptionCommitted {
  @IsReference() redemptionId!: string;
}

/** So many points back in their lot. Without an end of grace or reinstatement it ends when it always did. */
export class RestoredPoints {
  @IsReference() lotId!: string;
  @IsPoints() points!: number;
  /** When they expire now; absent: when they always did. */
  @MayBeAbsent() @IsInstant() expiresAt?: string;
  @MayBeAbsent() @IsLocalDate() lastDay?: string;
  /** Whether the end was moved, so that they can be spent. */
  @MayBeAbsent() @IsBoolean() graceApplied?: boolean;
  /** Whether they last as if earned anew. */
  @MayBeAbsent() @IsBoolean() reinstated?: boolean;
}

/** `restored` is told where a lot got a new end; otherwise what was reserved is back as it was. */
export class RedemptionReleased {
  @IsReference() redemptionId!: string;
  /** `lapsed`: the time for which the points were held was over; absent: somebody gave them back. */
  @MayBeAbsent() @IsIn(causes) cause?: (typeof causes)[number];
  @MayBeAbsent() @ListOf(RestoredPoints, { max: MOST_ALLOCATIONS }) restored?: readonly RestoredPoints[];
}

export class RedemptionReversed {
  @IsReference() redemptionId!: string;
  @ListOf(RestoredPoints, { max: MOST_ALLOCATIONS }) restored!: readonly RestoredPoints[];
  @IsCode() reason!: string;
}

/** `points` are reversed: so many taken from the lot, so many owed, and what had expired already is neither. */
export class EarningReversed {
  @IsReference() lotId!: string;
  /** How many points are reversed. */
  @IsPoints() points!: number;
  /** How many of them were still in the lot. */
  @IsInt() @Min(0) fromLotRemaining!: number;
  /** How many of them were spent, and are owed. */
  @IsInt() @Min(0) debtCreated!: number;
  @IsCode() reason!: string;
  @MayBeAbsent() @IsReference() lineId?: string;
  @MayBeAbsent() @IsRule() rule?: string;
}

export class PointsDebtSettled {
  @IsReference() lotId!: string;
  @IsPoints() points!: number;
}

/** Of one lot, and why: when it was earned, its last day, and by which rule that was the last. */
export class PointsExpired {
  @IsReference() lotId!: string;
  @IsPoints() points!: number;
  @MayBeAbsent() @IsLocalDate() earnedOn?: string;
  @MayBeAbsent() @IsLocalDate() lastDay?: string;
  @MayBeAbsent() @IsIn(endings) ending?: Ending;
}

export const events = {
  MemberEnrolled,
  PointsEarned,
  OpeningBalanceBrought,
  PointsActivated,
  ExpiryExtended,
  RedemptionReserved,
  RedemptionCommitted,
  RedemptionReleased,
  RedemptionReversed,
  EarningReversed,
  PointsDebtSettled,
  PointsExpired,
};
export type LoyaltyEvent = EventsOf<typeof events>;
