import type { Recorded } from '#kernel';
import { type LogEntry, positionOf } from './log.js';
import type { Member } from './member.js';
import { mayHear } from './view.js';

export type Poison = Readonly<{ entry: LogEntry; error: unknown }>;

/** What a view hears. Where the rows cannot be told `keys` is null and `error` says why. */
export type Heard = Readonly<{
  entry: LogEntry;
  fact: Recorded | null;
  keys: readonly string[] | null;
  error: unknown;
}>;

export type Plan = Readonly<{
  heard: readonly Heard[];
  through: bigint | null;
  facts: bigint;
  factAt: string | null;
  /** Whose personal data went meanwhile. */
  forgotten: readonly string[];
  /** What it ends before, because the view cannot go on there. */
  poison: Poison | null;
}>;

/** What of the entries lies behind the member's standing, and what of that it hears. */
export const planOf = (member: Member, entries: readonly LogEntry[]): Plan => {
  const { position } = member.standing;
  let { events: facts, factAt } = member.standing;
  let through = position;
  const heard: Heard[] = [];
  const forgotten: string[] = [];
  for (const entry of entries) {
    const at = positionOf(entry);
    if (position !== null && at <= position) continue;
    const one = hear(member, entry);
    if (one && one.keys === null && !mayPark(member, entry))
      return { heard, through, facts, factAt, forgotten, poison: { entry, error: one.error } };
    if (one) heard.push(one);
    through = at;
    if (entry.kind === 'fact') {
      facts += 1n;
      factAt = entry.fact.recordedAt;
      const subject = member.forgets(entry.fact);
      if (subject !== null) forgotten.push(subject);
    }
  }
  return { heard, through, facts, factAt, forgotten, poison: null };
};

/** The same plan as if the log ended before that entry. */
export const cutBefore = (member: Member, entries: readonly LogEntry[], plan: Plan, poison: Poison): Plan => {
  const at = positionOf(poison.entry);
  const before = planOf(
    member,
    entries.filter((entry) => positionOf(entry) < at),
  );
  return { ...before, heard: plan.heard.filter(({ entry }) => positionOf(entry) < at), poison };
};

/** Whether the view can do without that entry for a while. What its context turns on is missed by every row. */
export const mayPark = (member: Member, entry: LogEntry): boolean => {
  if (!member.parks || entry.kind === 'checkpoint') return false;
  return !member.turnsOn.has(entry.kind === 'fact' ? entry.fact.type : entry.type);
};

const distinct = (keys: readonly string[]): readonly string[] => (keys.length < 2 ? keys : [...new Set(keys)]);

const hear = (member: Member, entry: LogEntry): Heard | null => {
  if (entry.kind === 'checkpoint') return null;
  if (entry.kind === 'unreadable') {
    const error = new Error(entry.reason);
    return mayHear(member.view, entry.type) ? { entry, fact: null, keys: null, error } : null;
  }
  const { fact } = entry;
  if (!member.hears(fact)) return member.turnsOn.has(fact.type) ? { entry, fact, keys: [], error: null } : null;
  try {
    return { entry, fact, keys: distinct(member.projection.keys(fact)), error: null };
  } catch (error) {
    return { entry, fact, keys: null, error };
  }
};
