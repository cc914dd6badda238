import { isIPv4, isIPv6 } from 'node:net';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { Problem } from './problem.js';

/** How much one caller may ask: kept in this process, so that a refusal costs no store anything. */
export class Rates {
  private readonly requests: RateLimiterMemory;
  private readonly failures: RateLimiterMemory;

  /** @param perSecond requests of one caller; @param failuresPerMinute credentials refused to one network, sign-ins tried */
  constructor(perSecond: number, failuresPerMinute: number) {
    this.requests = new RateLimiterMemory({ points: perSecond, duration: 1 });
    this.failures = new RateLimiterMemory({ points: failuresPerMinute, duration: 60 });
  }

  /** One request of that caller: a network, or a principal once known. @throws Problem 429 beyond the limit */
  spend(caller: string): Promise<void> {
    return within(this.requests, caller);
  }

  /** Whoever had too many credentials refused waits before the next one is even looked at. @throws Problem 429 */
  async mayTry(network: string): Promise<void> {
    const known = await this.failures.get(network);
    if (known && known.consumedPoints >= this.failures.points) throw tooMany(known.msBeforeNext);
  }

  /** A sign-in counts when it is tried, or guesses side by side would all pass. @throws Problem 429 */
  trySignIn(network: string): Promise<void> {
    return within(this.failures, network);
  }

  async refused(network: string): Promise<void> {
    await this.failures.penalty(network);
  }
}

const within = async (limiter: RateLimiterMemory, key: string): Promise<void> => {
  try {
    await limiter.consume(key);
  } catch (spent) {
    const milliseconds = Reflect.get(Object(spent), 'msBeforeNext');
    if (typeof milliseconds !== 'number') throw spent;
    throw tooMany(milliseconds);
  }
};

const tooMany = (milliseconds: number) =>
  new Problem(429, undefined, undefined, { 'retry-after': String(Math.max(1, Math.ceil(milliseconds / 1000))) });

/** Who owns one IPv6 address owns 2^64 of them: those count as one. */
export const networkOf = (address: string): string => {
  const mapped = address.replace(/^::ffff:/i, '');
  if (isIPv4(mapped) || !isIPv6(address)) return mapped;
  const [before = '', after] = address.split('::');
  const [front, back] = [before, after ?? ''].map((part) => part.split(':').filter(Boolean)) as [string[], string[]];
  const zeros = Array<string>(after === undefined ? 0 : 8 - front.length - back.length).fill('0');
  return [...front, ...zeros, ...back].slice(0, 4).join(':');
};
