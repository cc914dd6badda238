import type { Sql, Table } from '#postgres';
import { views } from '#read-models';

/** Every row of every view as PostgreSQL has it, by table and key. */
export type Rows = ReadonlyMap<string, string>;

const tables: readonly Readonly<{ name: string; key: readonly string[] }>[] = [
  ...views.map(({ table }) => table as Table<object>),
  { name: 'facts_by_customer', key: ['customer', 'position'] },
];

export const rowsIn = async (sql: Sql): Promise<Rows> => {
  const found = new Map<string, string>();
  for (const { name, key } of tables) {
    const keys = key.map((field) => field.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`));
    const rows = await sql<{ key: string; row: string }>(
      `select concat_ws('|', ${keys.map((one) => `t.${one}`)}) as key, t::text as row from ${name} t`,
    );
    for (const { key: one, row } of rows) found.set(`${name} ${one}`, row);
  }
  return found;
};

/** Where the two differ: `table key`, sorted. */
export const differences = (before: Rows, after: Rows): readonly string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key)).sort();

/** What must not change when somebody is forgotten. */
export const totalsIn = async (sql: Sql, except: string): Promise<object> => {
  const [totals] = await sql<object>(
    `select
       (select json_object_agg(status, n) from (select status, count(*) n from bookings group by 1 order by 1) b) as bookings,
       (select sum((total->>'amount')::bigint) from bookings) as revenue,
       (select sum((p->'amount'->>'amount')::bigint) from bookings, jsonb_array_elements(payments) p) as paid,
       (select json_object_agg(status, n) from (select status, count(*) n from complaints group by 1 order by 1) c) as complaints,
       (select json_object_agg(category, n) from (select category, count(*) n from complaints group by 1 order by 1) c) as categories,
       (select json_object_agg(status, n) from (select status, count(*) n from callbacks group by 1 order by 1) c) as callbacks,
       (select sum((lot->>'remaining')::bigint) from points, jsonb_array_elements(lots) lot) as points,
       (select json_object_agg(stage, n) from (select stage, count(*) n from lifecycle where customer_id <> $1 group by 1 order by 1) l) as stages,
       (select sum(net_revenue)::text from churn_risk) as net,
       (select count(*) from customer_profile) as customers,
       (select count(*) from customer_timeline where type <> 'PersonalDataErased') as touchpoints`,
    [except],
  );
  return totals ?? {};
};
