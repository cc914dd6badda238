import type { BacktestResult } from '#analytics';
import type { DateOrder } from './dates.js';

/** What was asked. Plain data: it travels to a worker. */
export interface BacktestRequest {
  readonly file: string;
  /** Names or 1-based positions of id, date and, if any, amount and cancelled. Left out, the layout is recognised. */
  readonly columns?: readonly string[];
  readonly dates?: DateOrder;
  /** The first day that is judged, counted from 1970-01-01: everything before it is known. */
  readonly at: number;
  readonly horizonWeeks: number;
  readonly seed: number;
  /** Rows later than this day are not believed. */
  readonly today: number;
}

/** Why a file cannot be judged. */
export type Refusal =
  | { readonly code: 'no-such-file' | 'empty-file' | 'no-dates' | 'no-rows' }
  | { readonly code: 'no-such-column'; readonly column: string; readonly columns: readonly string[] }
  | { readonly code: 'columns-unclear'; readonly columns: readonly string[] }
  | { readonly code: 'nothing-before' | 'nothing-after'; readonly first: string; readonly last: string };

export class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.code);
  }
}

/** What reading the file came across, in rows. */
export interface ReadingNotes {
  readonly rows: number;
  readonly customers: number;
  readonly unreadableDates: number;
  readonly missingIds: number;
  readonly futureDates: number;
  readonly missingAmounts: number;
  readonly returns: number;
  /** Rows that joined another of the same customer and day; of these, with the very same amount. */
  readonly sameDay: number;
  readonly repeated: number;
  readonly dateOrderAssumed: boolean;
}

export type Progress =
  | { readonly stage: 'read'; readonly share: number }
  | {
      readonly stage: 'fit' | 'learn' | 'judge';
      readonly done: number;
      readonly of: number;
      readonly evaluations: number;
    };

/** All that was found, before it is put into words. */
export interface Found {
  readonly notes: ReadingNotes;
  /** ISO days: first and last purchase in the file, last day known, last day judged. */
  readonly first: string;
  readonly last: string;
  readonly asOf: string;
  readonly until: string;
  readonly horizonWeeks: number;
  readonly result: BacktestResult;
  /** SHA-256 over the sufficient statistics of every customer, in canonical order. */
  readonly dataHash: string;
  readonly flags: readonly string[];
  readonly seconds: { readonly read: number; readonly judge: number };
}
