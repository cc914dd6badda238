import { defineProjection, type Recorded } from '#kernel';
import type { Table } from '#postgres';
import type { View } from './view.js';

/** Facts that name nobody (days, policies) are listed under this. */
export const NOBODY = '';

/** What these streams say concerns nobody's story, and there is much of it: a view of its own has it. */
const WHO_READ_WHAT = 'access-';

type FactOfCustomer = Readonly<{ customer: string; position: bigint; stream: string; revision: bigint }>;

const table: Table<FactOfCustomer> = {
  name: 'facts_by_customer',
  key: ['customer', 'position'],
  columns: { customer: 'text', position: 'bigint', stream: 'text', revision: 'bigint' },
  indexes: [],
};

/** Where to find every fact that names a customer, under the id that was recorded. */
export const factsByCustomer: View = {
  table,
  appendOnly: true,
  everyFact: true,
  projection: defineProjection<FactOfCustomer>({
    name: 'facts_by_customer',
    version: 1,
    hears: 'everything',
    keys: ({ customers, stream }: Recorded) => {
      if (stream.startsWith(WHO_READ_WHAT)) return [];
      return customers.length > 0 ? customers.map(({ id }) => id) : [NOBODY];
    },
    fold: (_, { position, stream, revision }, customer) => ({ customer, position, stream, revision }),
  }),
};
