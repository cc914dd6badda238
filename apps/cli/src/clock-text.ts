import type { ClockAnswer } from '#read-models';
import { dayAndTime } from './figures.js';
import type { Phrase } from './words.js';

const NAMES: Readonly<Record<string, readonly [en: string, zh: string]>> = {
  acknowledgement: ['acknowledgement', '受理确认'],
  first_response: ['first response', '实质答复'],
  resolution: ['resolution', '办结'],
};

/** A clock of ours in the reader's language; one of a law by its name. */
export const clockName = (phrase: Phrase, clock: string): string => {
  const [en, zh] = NAMES[clock] ?? [clock, clock];
  return phrase(en, zh);
};

/** `resolution by 2026-03-12 18:00, late`. */
export const clockText = (phrase: Phrase, clock: ClockAnswer, zone: string): string => {
  const name = clockName(phrase, clock.clock);
  const { status, dueAt, breached, met, remainingMs } = clock;
  if (status === 'stopped') {
    if (met === null) return phrase(`${name} ended`, `${name}已终止`);
    return met ? phrase(`${name} in time`, `${name}按时`) : phrase(`${name} late`, `${name}逾期`);
  }
  if (status === 'paused') {
    const hours = ((remainingMs ?? 0) / 3_600_000).toFixed(1);
    return phrase(`${name} on hold, ${hours} h left`, `${name}暂停，剩余 ${hours} 小时`);
  }
  const by = dayAndTime(dueAt, zone);
  return breached
    ? phrase(`${name} by ${by}, late`, `${name}应于 ${by}，已逾期`)
    : phrase(`${name} by ${by}`, `${name}应于 ${by}`);
};
