import type { Recorded } from '#kernel';
import type { Member } from './member.js';
import { NEXT_CHANGE, type Row } from './view.js';

/** Which rows time has moved: those that are due, or all of them. */
export type Sweep = 'none' | 'due' | 'all';

/** The business day that rows are derived for in that context. */
export const todayIn = ({ projection }: Pick<Member, 'projection'>, context: object | null): string | null =>
  projection.context && context ? projection.context.today(context) : null;

/** A row with the columns that time moves, as of that context. */
export const derived = (member: Pick<Member, 'projection'>, row: Row, context: object | null): Row => {
  const { advance } = member.projection;
  const today = todayIn(member, context);
  if (!advance) return row;
  return today === null ? { ...row, [NEXT_CHANGE]: null } : advance(row, today, context);
};

export type Turned = Readonly<{
  context: object | null;
  /** A policy came, not just a day: every row may be derived otherwise. */
  derivesAnew: boolean;
}>;

/** The context after that fact. */
export const turn = ({ projection, turnsOn }: Member, context: object | null, fact: Recorded): Turned => {
  if (!projection.context || !turnsOn.has(fact.type)) return { context, derivesAnew: false };
  const { fold, today } = projection.context;
  const after = fold(context, fact);
  const isOtherDay = today(after) !== today(context);
  return { context: after, derivesAnew: !isOtherDay && JSON.stringify(after) !== JSON.stringify(context) };
};

/** For which day all rows are derived once the batch is written, and which rows that takes. */
export const daysOf = (
  member: Member,
  { context, derivesAnew }: Turned,
): { derivedFor: string | null; sweep: Sweep } => {
  const { derivedFor } = member.standing;
  const today = todayIn(member, context);
  if (!member.projection.advance || today === null) return { derivedFor, sweep: 'none' };
  if (member.rows.provesEmpty) return { derivedFor: today, sweep: 'none' };
  if (member.defersDays) return { derivedFor: derivesAnew ? null : derivedFor, sweep: 'none' };
  if (derivesAnew || derivedFor === null) return { derivedFor: today, sweep: 'all' };
  return { derivedFor: today, sweep: derivedFor === today ? 'none' : 'due' };
};
