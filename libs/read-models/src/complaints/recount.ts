import type { Asking } from '#access';
import {
  type CalendarPolicies,
  type Clock,
  calendarNamed,
  dueFirst,
  isAsCounted,
  isOpenClock,
  pledgesOf,
} from '#domain';
import type { Sql } from '#postgres';
import { anyInScope, teamsInScope } from '../scope.js';

/** A clock that would be due, or warn, at another time under other calendars. */
export type Recounted = Readonly<{
  clock: string;
  isOpen: boolean;
  dueAt: string;
  wouldBeDueAt: string;
  warnAt: Clock['warnAt'];
  wouldWarnAt: Clock['warnAt'];
}>;

/**
 * Counts the clocks of a complaint afresh, each as `RecomputeSlaClocks` would: those that would differ.
 * @throws Error where a calendar, or a list that it names, is not among these
 */
export const recounted = (clocks: readonly Clock[], calendars: CalendarPolicies): readonly Recounted[] =>
  clocks.flatMap((clock) => {
    const counted = dueFirst(pledgesOf(clock), clock, ({ target }) => {
      const calendar = calendarNamed(target.calendar, calendars);
      if (!calendar) throw new Error(`there is no calendar ${target.calendar}, or a list of holidays that it names`);
      return calendar;
    });
    if (isAsCounted(clock, counted)) return [];
    const { clock: name, dueAt, warnAt } = clock;
    const would = { wouldBeDueAt: counted.dueAt, wouldWarnAt: counted.warnAt };
    return [{ clock: name, isOpen: isOpenClock(clock), dueAt, warnAt, ...would }];
  });

const PAGE = 1_000;

/** Complaints of one page, and those of their clocks that would differ. */
export type RecountedPage = Readonly<{
  complaints: number;
  differ: readonly (Recounted & Readonly<{ complaintId: string }>)[];
}>;

type Wanted = Readonly<{ asking: Asking; onlyOpen: boolean; calendars: CalendarPolicies }>;
type Counted = Readonly<{ complaintId: string; clocks: readonly Clock[] }>;

const IN_QUESTION = `clocks <> '[]' and ($1::boolean is not true or exists
  (select from jsonb_array_elements(clocks) as one where one ->> 'status' <> 'stopped'))
  and ${anyInScope('customers', '$2')}`;

/**
 * What a change of calendars would do to the clocks of every complaint that whoever asks may see, page by page in the
 * order of their ids; nothing is changed.
 */
export async function* recountAll(sql: Sql, { asking, onlyOpen, calendars }: Wanted): AsyncGenerator<RecountedPage> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await sql<Counted>(
      `select complaint_id as "complaintId", clocks from complaints
       where complaint_id > $3::uuid and ${IN_QUESTION} order by complaint_id limit ${PAGE}`,
      [onlyOpen, teamsInScope(asking), after],
    );
    const differ = rows.flatMap(({ complaintId, clocks }) =>
      recounted(onlyOpen ? clocks.filter(isOpenClock) : clocks, calendars).map((one) => ({ complaintId, ...one })),
    );
    yield { complaints: rows.length, differ };
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = last.complaintId;
  }
}

/** How many complaints that will be, and the ids of the calendars by which their clocks count. */
export const recountScope = async (
  sql: Sql,
  { asking, onlyOpen }: Omit<Wanted, 'calendars'>,
): Promise<Readonly<{ complaints: number; calendars: readonly string[] }>> => {
  const [found] = await sql<{ complaints: number; calendars: readonly string[] }>(
    `select count(distinct complaint_id)::int as complaints,
       coalesce(array_agg(distinct calendar #>> '{}') filter (where calendar is not null), '{}') as calendars
     from complaints cross join lateral jsonb_path_query(clocks, '$[*].**.calendar') as calendar where ${IN_QUESTION}`,
    [onlyOpen, teamsInScope(asking)],
  );
  if (!found) throw new Error('a count has one row');
  return found;
};
