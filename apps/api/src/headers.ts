import { IsId } from '#domain';

/** The id in a path. */
export class OneId {
  @IsId() id!: string;
}

/** `Prefer: wait=20`: how many seconds the caller will wait; 10 unless said, 60 at most (RFC 7240). */
export const secondsToWait = (prefer: string | undefined): number => {
  const [, seconds] = /(?:^|[,;\s])wait=(\d{1,4})\b/.exec(prefer ?? '') ?? [];
  return Math.min(60, Math.max(1, Number(seconds ?? 10)));
};

/** Callers of one moment share a deadline: a timer and a signal for each would cost more than to check what they say. */
const SHARED_FOR_MS = 100;
const shared = new Map<number, Readonly<{ signal: AbortSignal; until: number }>>();

/** Ends so many seconds from now, and up to a tenth of a second later. */
export const deadlineIn = (seconds: number): AbortSignal => {
  const now = performance.now();
  const known = shared.get(seconds);
  if (known && now < known.until) return known.signal;
  const signal = AbortSignal.timeout(seconds * 1000 + SHARED_FOR_MS);
  shared.set(seconds, { signal, until: now + SHARED_FOR_MS });
  return signal;
};

/** The language to answer in, of those there are. */
export const languageIn = (accepted: string | undefined, preset: string): 'zh' | 'en' => {
  const [, language] = /\b(zh|en)\b/i.exec(accepted ?? '') ?? [];
  return (language ?? preset).toLowerCase().startsWith('zh') ? 'zh' : 'en';
};

/** A position in the log: the stores count to 2^63 and no further. */
export const isPosition = (text: string): boolean =>
  /^\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
