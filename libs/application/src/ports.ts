import type { Claim, Company, Fact, PayloadMac, Policy, Recorded, Rejection } from '#kernel';

/** Where a stream stands: its last revision, and that fact's place in the whole log. Both -1 before the first. */
export type Standing = Readonly<{ revision: bigint; position: bigint }>;
export const NOTHING_YET: Standing = { revision: -1n, position: -1n };

export interface EventStore {
  /** A stream's facts in order, from a revision on; none for a stream that was never opened. Throws `Unavailable`. */
  read(stream: string, options?: { from?: bigint; signal?: AbortSignal }): AsyncIterable<Recorded>;
  /** All or nothing. Throws `Conflict` when the stream no longer stands at `expected`, `Unavailable` when the signal ends first. */
  append(stream: string, expected: bigint, facts: readonly Fact[], signal?: AbortSignal): Promise<Standing>;
  /** Position of the last fact in the log; null while it is empty. */
  head(): Promise<bigint | null>;
}
export const EVENT_STORE = Symbol('EventStore');

/** Somebody got there first. */
export class Conflict extends Error {}
/** The store cannot be reached, or the deadline passed: whether it was recorded is unknown, asking again is safe. */
export class Unavailable extends Error {}

/** One append would be larger than the store takes. */
export class TooLarge extends Error {}
/** The event cannot be read: it is named, never guessed. The message holds nothing personal. */
export class Unreadable extends Error {}
/** The subject was forgotten: nothing personal can be recorded of them any more. */
export class Forgotten extends Error {
  constructor(readonly subject: string) {
    super('the subject was forgotten');
  }
}

export type Versioned = Readonly<{ fact: Fact; schemaVersion: number }>;

/** The personal fields of one subject in one event: their names, and all of them in one ciphertext (base64) under that version of the subject's key. */
export type SealedPart = Readonly<{ subject: string; fields: readonly string[]; key: number; sealed: string }>;

/** A fact's data as it is stored, and beside it what is personal in it: one part a subject, where there is any. */
export type Sealed = Readonly<{ data: object; personal?: readonly SealedPart[] }>;

/** What hides the personal fields of events on their way into the store. */
export interface EventSealing {
  /** Each fact as it is stored, once the keys that this takes are on disk. Throws `Forgotten`. */
  seal(facts: readonly Versioned[]): Promise<readonly Sealed[]>;
  /** The data as it was, a forgotten field as `{ erased: true }`. Throws `Unreadable`. */
  open(stored: Pick<Fact, 'id' | 'type'> & Sealed, schemaVersion: number): object;
}

/** Tells whether the same was said before, without keeping what was said. */
export interface Fingerprints {
  /** Of what was said, with personal data of these subjects in it. Throws `Forgotten`. */
  of(subjects: readonly string[], payload: string): Promise<PayloadMac | undefined>;
  /** Undefined: it cannot be told any more, because one of its subjects was forgotten. */
  matches(mac: PayloadMac, payload: string): boolean | undefined;
  /** Hears of each subject that is forgotten, so that nothing of them stays in a memory. */
  onForgotten(listener: () => void): void;
}
export const FINGERPRINTS = Symbol('Fingerprints');

/** The policy version `<kind>.<id>` in force at an instant; undefined where none was ever published, a no where its rules cannot be told. */
export interface PolicyBook {
  /** Knows whatever was published, by whichever process, before it was asked. Throws `Unavailable` when the signal ends. */
  effectiveAt(name: string, instant: string, signal?: AbortSignal): Promise<Policy | Rejection | undefined>;
}
export const POLICY_BOOK = Symbol('PolicyBook');

/** A claim, and the stream whose instance makes it. */
export type Claimed = Claim & Readonly<{ holder: string }>;

/** Who holds what only one may hold. */
export interface ClaimBook {
  /**
   * Before the append: true when the holder has it now, for `CLAIM_LASTS_MS` or until the log shows that it gave it up;
   * false when another has it. What was claimed and never recorded is free again after that time.
   */
  claim(claimed: Claimed): Promise<boolean>;
}
export const CLAIM_BOOK = Symbol('ClaimBook');
export const CLAIM_LASTS_MS = 10_000;

/** For rehearsals, which record nothing: everybody may have everything. */
export const freeForAll: ClaimBook = { claim: async () => true };

/** The one business clock. Whatever asks for the time asks it. */
export interface Clock {
  now(): string;
}
export const CLOCK = Symbol('Clock');

/** The log this deployment writes: whose it is, and the secret that ids derive from. */
export type LogIdentity = Readonly<{ logId: string; secret: Buffer; company: Company }>;
export const LOG_IDENTITY = Symbol('LogIdentity');
