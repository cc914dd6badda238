import { IsIn, IsInt, IsNumber, Max, Min } from 'class-validator';
import { dayNumber } from '#kernel';
import { addMonths } from '../vocabulary/calendar.js';
import { Money } from '../vocabulary/money.js';
import { IsLocalDate, IsZone, MayBeAbsent, Nested, Rule } from '../vocabulary/rules.js';

/** What each way of ending counts with, and from how many on. */
const COUNTS = {
  after_days: { days: 1 },
  after_months: { months: 1 },
  end_of_month: { months: 0 },
  end_of_year: { years: 0 },
  fixed_date: { on: '' },
  inactivity: { months: 1 },
  never: {},
} as const;
const COUNTED = ['days', 'months', 'years', 'on'] as const;
type ExpiryMethod = keyof typeof COUNTS;
export const expiryMethods = Object.keys(COUNTS) as readonly ExpiryMethod[];

const countsRight = (method: unknown, message: object): boolean => {
  const least: object | undefined = COUNTS[method as ExpiryMethod];
  return COUNTED.every((field) => {
    const [told, needed] = [Reflect.get(message, field), least && Reflect.get(least, field)];
    return needed === undefined ? told === undefined : told >= needed;
  });
};

// Bodies of policies: part of the storage format.

/** When points end, counted from the local day on which they were earned: always with the end of a local day. */
export class PointsExpiry {
  /**
   * `inactivity`: so many months after the last activity, for all that was earned so. `end_of_month` and `end_of_year`:
   * 0 is the month or the year itself, 1 the next.
   */
  @IsIn(expiryMethods)
  @Rule('besides', countsRight, 'told with what it counts: days, months, years or on, and with nothing else')
  method!: ExpiryMethod;
  @MayBeAbsent() @IsInt() @Max(36_500) days?: number;
  @MayBeAbsent() @IsInt() @Max(1_200) months?: number;
  @MayBeAbsent() @IsInt() @Max(100) years?: number;
  /** The last day of all points. */
  @MayBeAbsent() @IsLocalDate() on?: string;
}

const restorings = ['forfeit', 'grace', 'reinstatement'] as const;

/**
 * What becomes of points that come back from a reward after they have expired: they are lost (`forfeit`); they may be
 * spent for so many `days` more (`grace`); or, within so many `days` of their end, they last as if earned anew
 * (`reinstatement`).
 */
export class PointsRestoring {
  @IsIn(restorings)
  @Rule(
    'besides',
    (method, message) => (method === 'forfeit') === (Reflect.get(message, 'days') === undefined),
    'told with days, unless it is forfeit',
  )
  method!: (typeof restorings)[number];
  @MayBeAbsent() @IsInt() @Min(1) @Max(3_650) days?: number;
}

/** What a programme's points weigh in the books. */
export class PointsValuation {
  /** So many points … */
  @IsInt() @Min(1) @Max(1_000_000) points!: number;
  /** … buy a reward of that worth. */
  @Nested(Money)
  @Rule('isWorth', (worth) => Number(Reflect.get(Object(worth), 'amount')) >= 0, 'worth nothing or more')
  worth!: Money;
  /** The part of all points that is expected to expire unused. */
  @IsNumber({ maxDecimalPlaces: 4 }) @Min(0) @Max(1) expectedBreakage!: number;
}

/** Body of the policy `loyalty.<programme>`. */
export class LoyaltyProgramme {
  /** Points for one whole unit of the company's currency, rounded down. */
  @IsNumber() @Min(0) @Max(1_000) pointsPerUnit!: number;
  /** Days before earned points become active. */
  @IsInt()
  @Min(0)
  @Max(3_650)
  @Rule('besides', (days, programme) => Number(days) <= shortestLife(programme), 'no longer than points last')
  lockDays!: number;
  /** Months after which a lot expires at the end of the local day; left out, and without `expiry`: never. */
  @MayBeAbsent()
  @IsInt()
  @Min(1)
  @Max(1_200)
  @Rule('besides', (_, programme) => Reflect.get(programme, 'expiry') === undefined, 'left out where expiry is told')
  expiryMonths?: number;
  /** Hours for which a reservation holds its points. */
  @IsInt() @Min(1) @Max(8_760) reservationHours!: number;
  /** Whose days count; left out: the company's. */
  @MayBeAbsent() @IsZone() zone?: string;
  @MayBeAbsent() @Nested(PointsExpiry) expiry?: PointsExpiry;
  /** Left out: what expired meanwhile is lost. */
  @MayBeAbsent() @Nested(PointsRestoring) restoring?: PointsRestoring;
  /** Left out: what points weigh in the books is not known. */
  @MayBeAbsent() @Nested(PointsValuation) valuation?: PointsValuation;
}

/** The fewest days for which points last, whenever they are earned; a fixed date is another matter at each earning. */
const shortestLife = ({ expiry, expiryMonths }: Partial<LoyaltyProgramme>): number => {
  const { method = '', days, months = expiryMonths, years } = (expiry ?? {}) as Partial<PointsExpiry>;
  if (method === 'after_days') return days ?? Number.POSITIVE_INFINITY;
  if (method === 'end_of_year') return daysIn(12 * Number(years));
  return method === 'fixed_date' ? Number.POSITIVE_INFINITY : daysIn(Number(months));
};

/** No months in a row are shorter than those from February on in a common year. Anything else is refused elsewhere. */
const daysIn = (months: number): number =>
  months >= 0 && months <= MOST_MONTHS
    ? dayNumber(addMonths(SHORTEST, Math.floor(months))) - dayNumber(SHORTEST)
    : Number.POSITIVE_INFINITY;
const MOST_MONTHS = 1_200;
const SHORTEST = '2023-02-01';
