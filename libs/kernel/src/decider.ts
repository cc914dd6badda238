import type { Event, Stamped } from './event.js';

/** A wish. */
export type Command<Type extends string = string, Data extends object = object> = Readonly<{
  type: Type;
  data: Readonly<Data>;
}>;

/** The answer is no. A value, not an exception: nothing went wrong. `details` may say when it would be yes; never personal. */
export type Rejection = Readonly<{ rejected: string; details?: Readonly<Record<string, string | number>> }>;
export type Decision<E extends Event> = readonly E[] | Rejection;

export const reject = (rejected: string, details?: Rejection['details']): Rejection => ({
  rejected,
  ...(details && { details }),
});
export const isRejection = (answer: object): answer is Rejection => 'rejected' in answer;

/** What is true of the whole company: the log's zone and currency, and the vertical where a message names none. */
export type Company = Readonly<{ zone: string; currency: string; vertical: string }>;

/** What a decision may lean on besides the state: the company, and the policy versions the slice asked for by `needs`. */
export type Policies<P extends object = object> = Readonly<P> & Readonly<{ company: Company }>;

/** One policy version: the name it is recorded under (`loyalty.default@1`) and its rules. */
export type Policy<Body extends object = object> = Readonly<{ ref: string; body: Readonly<Body> }>;

export interface Decider<C extends Command, S, E extends Event, P extends object = object> {
  readonly initial: S;
  readonly evolve: (state: S, fact: Stamped<E>) => S;
  readonly decide: (command: Stamped<C>, state: S, policies: Policies<P>) => Decision<E>;
}
