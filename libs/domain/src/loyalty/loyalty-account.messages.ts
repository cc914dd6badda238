import { IsIn, IsInt, IsNumber, Max, Min } from 'class-validator';
import { type CommandsOf, type EventsOf, Personal } from '#kernel';
import { Money } from '../vocabulary/money.js';
import { IsCode, IsId, IsInstant, IsReference, ListOf, MayBeAbsent, Nested } from '../vocabulary/rules.js';

const currencies = ['redeemable', 'qualifying'] as const;
type PointsCurrency = (typeof currencies)[number];
export const MOST_POINTS = 1_000_000_000;
const IsPoints = () => (prototype: object, field: string) => {
  for (const rule of [IsInt(), Min(1), Max(MOST_POINTS)]) rule(prototype, field);
};
export const MOST_ALLOCATIONS = 1000;

/** Where points come from: one line of one booking. */
class EarningSource {
  @IsId() bookingId!: string;
  @MayBeAbsent() @IsReference() lineId?: string;
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

/** Either a number of points, or an amount spent for which the programme says how many. */
export class EarnPoints {
  @IsReference() lotId!: string;
  @MayBeAbsent() @IsPoints() points?: number;
  @MayBeAbsent() @Nested(Money) spend?: Money;
  @MayBeAbsent() @IsIn(currencies) currency?: PointsCurrency;
  @MayBeAbsent() @Nested(EarningSource) source?: EarningSource;
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

/** `points`: how many of the lot's points are taken back in all, so that a refund and its chargeback count once. */
export class ReverseEarning {
  @IsReference() lotId!: string;
  @MayBeAbsent() @IsPoints() points?: number;
  @IsCode() reason!: string;
}

export class ExpirePoints {
  @IsReference() lotId!: string;
}

export const commands = {
  EnrolMember,
  EarnPoints,
  ReserveRedemption,
  CommitRedemption,
  ReleaseRedemption,
  ReverseEarning,
  ExpirePoints,
};
export type LoyaltyCommand = CommandsOf<typeof commands>;

// Storage format. Names are for ever; shapes move forward through upcasters.

export class MemberEnrolled {
  @IsId() member!: string;
  @IsCode() programme!: string;
  @Personal('member') @MayBeAbsent() @IsReference() memberNumber?: Personal<string>;
}

export class PointsEarned {
  @IsReference() lotId!: string;
  @IsPoints() points!: number;
  @IsIn(currencies) currency!: PointsCurrency;
  @MayBeAbsent() @Nested(EarningSource) source?: EarningSource;
  @MayBeAbsent() @Nested(Money) spend?: Money;
  @IsInstant() activatesAt!: string;
  @MayBeAbsent() @IsInstant() expiresAt?: string;
}

export class RedemptionReserved {
  @IsReference() redemptionId!: string;
  @IsPoints() points!: number;
  @ListOf(Allocation, { max: MOST_ALLOCATIONS }) allocations!: readonly Allocation[];
  @IsInstant() reservedUntil!: string;
  @MayBeAbsent() @IsReference() rewardRef?: string;
}

export class RedemptionCommitted {
  @IsReference() redemptionId!: string;
}

export class RedemptionReleased {
  @IsReference() redemptionId!: string;
}

/** `points` are reversed: so many taken from the lot, so many owed, and what had expired already is neither. */
export class EarningReversed {
  @IsReference() lotId!: string;
  @IsPoints() points!: number;
  @IsInt() @Min(0) fromLotRemaining!: number;
  @IsInt() @Min(0) debtCreated!: number;
  @IsCode() reason!: string;
}

export class PointsDebtSettled {
  @IsReference() lotId!: string;
  @IsPoints() points!: number;
}

export class PointsExpired {
  @IsReference() lotId!: string;
  @IsPoints() points!: number;
}

export const events = {
  MemberEnrolled,
  PointsEarned,
  RedemptionReserved,
  RedemptionCommitted,
  RedemptionReleased,
  EarningReversed,
  PointsDebtSettled,
  PointsExpired,
};
export type LoyaltyEvent = EventsOf<typeof events>;

/** Body of the policy `loyalty.<programme>`: part of the storage format. */
export class LoyaltyProgramme {
  /** Points for one whole unit of the company's currency, rounded down. */
  @IsNumber() @Min(0) @Max(1_000) pointsPerUnit!: number;
  /** Days before earned points become active. */
  @IsInt() @Min(0) @Max(3_650) lockDays!: number;
  /** Months after which a lot expires at the end of the local day; left out: never. */
  @MayBeAbsent() @IsInt() @Min(1) @Max(1_200) expiryMonths?: number;
  /** Hours for which a reservation holds its points. */
  @IsInt() @Min(1) @Max(8_760) reservationHours!: number;
}
