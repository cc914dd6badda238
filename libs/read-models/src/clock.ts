/** What time it is for the business. */
export interface BusinessNow {
  /** UTC with milliseconds. */
  now(): string;
}
export const BUSINESS_CLOCK = Symbol('BusinessClock');
