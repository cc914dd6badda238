import type { Asking } from '#access';
import type { Sql } from '#postgres';

/** The teams whose customers whoever asks may see, beside those that no team serves; null: everybody. */
export const teamsInScope = ({ scope, principal }: Asking): readonly string[] | null =>
  scope === 'all' ? null : principal.teams;

const isOthers = (customer: string, teams: string) =>
  `exists (select from customer_profile as served where served.customer_id = ${customer}
     and served.team is not null and served.team <> all(${teams}::text[]))`;

/**
 * SQL: whether a customer is in scope. `teams` names the parameter of `teamsInScope`. Who has no row yet has no team.
 * A column that `customer_profile` has too must be said with its table.
 */
export const inScope = (customer: string, teams: string): string =>
  `(${teams}::text[] is null or not ${isOthers(customer, teams)})`;

/** SQL: whether any customer of a `text[]` is in scope, or it names none. */
export const anyInScope = (customers: string, teams: string): string =>
  `(${teams}::text[] is null or cardinality(${customers}) = 0
    or exists (select from unnest(${customers}) as one where not ${isOthers('one::uuid', teams)}))`;

/** Whether whoever asks may know of that customer. */
export const seesCustomer = async (sql: Sql, asking: Asking, id: string): Promise<boolean> => {
  const teams = teamsInScope(asking);
  if (teams === null) return true;
  const [row] = await sql<{ sees: boolean }>(`select ${inScope('$1::uuid', '$2')} as sees`, [id, teams]);
  return row?.sees === true;
};

/** By category of stream: the ids, as text, of the customers that an instance concerns. */
const CONCERNED: Readonly<Record<string, string>> = {
  customer: 'array[$1::text]',
  booking: '(select customers from bookings where booking_id = $1::uuid)',
  complaint: '(select customers from complaints where complaint_id = $1::uuid)',
  callback: '(select array[requester::text] from callbacks where callback_id = $1::uuid)',
  policy: `(select '{}'::text[] where $1::text is not null)`, // nobody
  relationship: 'array[$1::text]',
  loyaltyAccount: '(select array[member::text] from points where account_id = $1::uuid)',
};

/** What a command is said to, and the ids that stand in it, whatever of. */
export type Said = Readonly<{ category: string; id: string | undefined; named: () => readonly string[] }>;

/** Why whoever asks may not say it; undefined: they may. */
export const outOfScope = async (
  sql: Sql,
  asking: Asking,
  { category, id, named }: Said,
): Promise<'stream' | 'customer' | undefined> => {
  const teams = teamsInScope(asking);
  if (teams === null) return undefined;
  const customers = CONCERNED[category];
  if (customers === undefined) throw new Error(`no view says whom a ${category} concerns`);
  const [row] = await sql<{ stream: boolean; customer: boolean }>(
    `select ${anyInScope(`coalesce(${customers}, '{}')`, '$2')} as stream,
       not exists (select from unnest($3::text[]) as one where ${isOthers('one::uuid', '$2')}) as customer`,
    [id ?? null, teams, named()],
  );
  if (id !== undefined && row?.stream !== true) return 'stream';
  return row?.customer === true ? undefined : 'customer';
};
