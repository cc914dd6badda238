import type { Asking } from '#access';
import { customerProfileTable } from '#read-models';
import type { Session } from '#system';
import { seen } from '../veil.js';

/** What a customer is called; `number`: by another system. Null where there is nothing, or it is not for who asks to read. */
export type KnownBy = Readonly<{ name: string | null; number: string | null }>;

/** Names and numbers of customers, by id. */
export const knownBy = async (
  { sql, personal }: Session,
  who: Asking,
  ids: readonly string[],
): Promise<ReadonlyMap<string, KnownBy>> => {
  const stored = await sql<object>(
    'select customer_id as "customerId", sealed from customer_profile where customer_id = any($1::uuid[])',
    [ids],
  );
  const opened = personal.open(who, customerProfileTable, stored, ['name', 'identifiers']);
  return new Map(
    opened.map(({ customerId, name, identifiers }) => {
      const number = seen(seen(identifiers)?.[0]?.value ?? null);
      return [customerId, { name: seen(name) ?? null, number: number ?? null }];
    }),
  );
};
