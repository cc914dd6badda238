import type { Recorded } from '#kernel';
import type { BookingEvent } from '../bookings/booking.messages.js';
import type { CallbackEvent } from '../callbacks/callback.messages.js';
import type { ComplaintEvent } from '../complaints/complaint.messages.js';
import type { CustomerEvent } from '../customers/customer.messages.js';
import type { Vertical } from '../vocabulary/verticals.js';

/** A fact and its day. Days are counted from 1970-01-01, in the company's zone. */
export type Mark = Readonly<{ day: number; eventId: string }>;
export type Keyed<T> = Readonly<Record<string, T>>;

export type ComplaintMemory = Readonly<{
  eventId: string;
  severity: string | null;
  /** From the first day open up to, and without, the day it was settled. */
  spans: readonly (readonly [from: number, to: number | null])[];
}>;

export type BookingMemory = Mark &
  Readonly<{
    /** Neither served nor given up: a booking is open while there are any. */
    lines: readonly string[];
    /** What the payer was to pay for what was not served, and what went back. */
    unserved: number;
    refunded: number;
  }>;

/**
 * What stage and risk need to know of one customer. Streams may arrive in any order, each in its own: whatever several
 * of them write to is a sum, a set, an earliest or a latest.
 */
export type RelationshipState = Readonly<{
  firstSeen: number;
  registered: Mark | null;
  blocked: Mark | null;
  closed: Mark | null;
  erased: Mark | null;
  vertical: Readonly<{ name: Vertical; at: string; eventId: string }> | null;
  /** The days with a completed service, ascending. */
  days: readonly number[];
  /** By day: one event of the first service day and of each of the latest. */
  services: Keyed<string>;
  bookings: Keyed<BookingMemory>;
  cancelledByUs: Keyed<Mark>;
  complaints: Keyed<ComplaintMemory>;
  /** Missed and not made good: a later callback that took place heals them. */
  missedCallbacks: Keyed<Mark & Readonly<{ at: string }>>;
  calledBackAt: string | null;
  /** Minor units of the company's currency by day: served and paid by this customer, less refunds of what was served. */
  revenue: Keyed<number>;
}>;

export type RelationshipEvent = BookingEvent | CallbackEvent | ComplaintEvent | CustomerEvent;
type TypeOf<E> = E extends RelationshipEvent ? E['type'] : never;
export type RelationshipFact = TypeOf<RelationshipEvent>;

/** Where a fact stands: the id of its stream, its day, and whether this customer pays. */
export type Place = Readonly<{ story: string; day: number; pays: boolean }>;
export type Told<T extends RelationshipFact = RelationshipFact> = Recorded<Extract<RelationshipEvent, { type: T }>>;
export type Memory<T extends RelationshipFact> = (
  state: RelationshipState,
  fact: Told<T>,
  place: Place,
) => RelationshipState;
export type Memories = { readonly [T in RelationshipFact]?: Memory<T> };

export const without = <T>(record: Keyed<T>, key: string): Keyed<T> => {
  const { [key]: _, ...rest } = record;
  return rest;
};
