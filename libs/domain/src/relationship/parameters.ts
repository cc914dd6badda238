import type { Vertical } from '../vocabulary/verticals.js';

/** What is usual in one line of business. Days, and counts of days with a service within a year. */
export type Rhythm = Readonly<{
  /** How long customers usually stay away, where one's own habit is not known yet. */
  interval: number;
  activeMin: number;
  loyalMin: number;
  churnDays: number;
}>;

export type RelationshipParameters = Readonly<{
  rhythms: Readonly<Record<Vertical, Rhythm>>;
  /** Bounds of one's own interval, as multiples of the usual one. */
  ownInterval: Readonly<{ least: number; most: number }>;
  /** Silence, as a multiple of the expected interval, beyond which a stage (or the overlay `reactivated`) is over. */
  silence: Readonly<{ reactivated: number; atRisk: number; dormant: number; churned: number }>;
  leadDays: number;
  yearDays: number;
  loyalTenureDays: number;
  churn: Readonly<{
    points: Readonly<
      Record<'overdue' | 'open_complaint' | 'missed_callback' | 'cancelled_by_us' | 'open_booking', number>
    >;
    /** For how many days a booking that we cancelled counts. */
    cancelledDays: number;
    /** So many points make news of a score that stays in its band. */
    newsFrom: number;
    /** The least score of each band above `low`. */
    bands: Readonly<{ medium: number; high: number; critical: number }>;
  }>;
}>;

const rhythm = (interval: number, activeMin: number, loyalMin: number, churnDays: number): Rhythm => ({
  interval,
  activeMin,
  loyalMin,
  churnDays,
});

/** What these parameters are recorded under. Raised with them, and with what stage and risk are made of. */
export const PARAMETERS = 'relationship.default@0';

/** In force until a company publishes its own. */
export const defaultParameters: RelationshipParameters = {
  rhythms: {
    'airline-leisure': rhythm(180, 2, 6, 540),
    'airline-business': rhythm(45, 6, 20, 240),
    rail: rhythm(60, 4, 12, 300),
    'bus-city': rhythm(14, 20, 100, 120),
    retail: rhythm(60, 4, 10, 180),
    'car-rental-leisure': rhythm(150, 2, 5, 540),
    'car-rental-business': rhythm(45, 5, 15, 270),
    logistics: rhythm(14, 12, 100, 120),
    hotel: rhythm(150, 2, 5, 540),
  },
  ownInterval: { least: 0.5, most: 3 },
  silence: { reactivated: 2, atRisk: 1.5, dormant: 3, churned: 5 },
  leadDays: 180,
  yearDays: 365,
  loyalTenureDays: 365,
  churn: {
    points: { overdue: 60, open_complaint: 20, missed_callback: 10, cancelled_by_us: 10, open_booking: -20 },
    cancelledDays: 60,
    newsFrom: 10,
    bands: { medium: 30, high: 55, critical: 75 },
  },
};
