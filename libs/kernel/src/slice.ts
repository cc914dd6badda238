import type { Claims } from './claims.js';
import type { Command, Company, Decider } from './decider.js';
import type { Class } from './declaration.js';
import type { Actor, Event, Fact, Participant, Stamped } from './event.js';

/** What a fact meant to the customers in it. `summary` is a key of the slice's words; `params` fill its blanks and are never personal. */
export type Meaning = Readonly<{
  sentiment: -1 | 0 | 1;
  summary: string;
  params?: Readonly<Record<string, string | number>>;
}>;

/** One line of a customer's history, in words every reader of that history shares. */
export type Touchpoint = Meaning & Readonly<{ kind: string; customers: readonly Participant[] }>;

/** A sentence for each summary key, with `{blanks}`. */
export type Words = Readonly<Record<'en' | 'zh', Readonly<Record<string, string>>>>;

type ClassesOf<M extends Command | Event> = Readonly<{ [T in M['type']]: Class<Extract<M, { type: T }>['data']> }>;

/** `'CallbackRequested@1'` lifts data written at version 1 to version 2. */
// biome-ignore lint/suspicious/noExplicitAny: an old shape has no type any more; its fossil is the witness
export type Upcasters<E extends Event> = Readonly<{ [K in `${E['type']}@${number}`]?: (old: any) => object }>;

export interface Slice<C extends Command, S, E extends Event, P extends object = object> extends Decider<C, S, E, P> {
  /** Stream prefix, singular and without `-`: an instance lives in `<category>-<id>`. */
  readonly category: string;
  /** The plural, as in `POST /v1/<collection>`. */
  readonly collection: string;
  /** The commands that start an instance; the first is `POST /v1/<collection>`. All others are said to one that exists. */
  readonly openings: readonly [C['type'], ...C['type'][]];
  /** Which instance an opening command names by what it says, where that is no id of ours. */
  readonly named?: (command: C) => string;
  /** The commands that only the system says, because work outside comes first: no door, and they may start an instance. */
  readonly reserved?: readonly C['type'][];
  /** Of a command that approves: who asked for it. The same person may not do both. */
  readonly approves?: (command: Stamped<C>, state: S) => Actor | undefined;
  readonly commands: ClassesOf<C>;
  readonly events: ClassesOf<E>;
  readonly upcasters: Upcasters<E>;
  /**
   * The policies a command leans on, as `<kind>.<id>`, by the name `decide` finds them under. Asked again with what was
   * found, until it names nothing new: one policy may name others.
   */
  readonly needs?: (
    command: Stamped<C>,
    state: S,
    company: Company,
    found: Readonly<Partial<P>>,
  ) => Readonly<Partial<Record<keyof P & string, string>>>;
  /** The customers in the story at this point. The shell stamps those before and after a fact on the fact. */
  readonly participants: (state: S, id: string) => readonly Participant[];
  readonly claims?: Claims<C, E>;
  readonly touchpoint: (fact: Stamped<E>) => Meaning | null;
  readonly words: Words;
}

// biome-ignore lint/suspicious/noExplicitAny: here a slice is handled without knowing which
export type AnySlice<C extends Command = any> = Slice<C, any, any, any>;
export type EventOf<S> = S extends Slice<infer _C, infer _S, infer E, infer _P> ? E : never;
export type CommandOf<S> = S extends Slice<infer C, infer _S, infer _E, infer _P> ? C : never;

export const defineSlice = <C extends Command, S, E extends Event, P extends object = object>(
  slice: Slice<C, S, E, P>,
): typeof slice => slice;

export const streamOf = ({ category }: Pick<AnySlice, 'category'>, id: string): string => `${category}-${id}`;
export const idIn = (stream: string): string => stream.slice(stream.indexOf('-') + 1);
export const categoryIn = (stream: string): string => stream.slice(0, stream.indexOf('-'));

/** What a fact meant to the customers who took part, or null when it meant nothing to them. */
export const touchpointThrough = (slices: readonly AnySlice[]) => {
  const sliceOf = new Map(slices.flatMap((slice) => Object.keys(slice.events).map((type) => [type, slice] as const)));
  return (fact: Fact): Touchpoint | null => {
    const meaning = sliceOf.get(fact.type)?.touchpoint(fact);
    return meaning ? { kind: fact.type, customers: fact.customers, ...meaning } : null;
  };
};

/** The sentence of a key, its blanks filled. A value `@key` stands for the sentence of that key. Undefined: there is none. */
export const sentenceOf = (
  words: Words['en'],
  key: string,
  params: Readonly<Record<string, string | number>> = {},
): string | undefined => {
  const sentence = words[key];
  if (sentence === undefined) return undefined;
  const told = Object.entries(params).map(([name, value]) => [name, words[ownKeyIn(value)] ?? value]);
  return fill(fill(sentence, Object.fromEntries(told)), params);
};

const ownKeyIn = (value: string | number): string => /^@(.+)$/.exec(String(value))?.[1] ?? '';

/** Fills the `{blanks}` of a sentence. */
export const fill = (sentence: string, params: Readonly<Record<string, string | number>> = {}): string =>
  sentence.replace(/\{(\w+)\}/g, (blank, name: string) => String(params[name] ?? blank));
