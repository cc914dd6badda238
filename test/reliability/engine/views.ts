import { createHash } from 'node:crypto';
import { defineProjection } from '#kernel';
import type { Table } from '#postgres';
import type { View } from '#projections';
import { shop } from '../../../libs/projections/test/shop.js';

type Chain = Readonly<{ customer: string; facts: number; chain: string }>;

/** A row is the fingerprint of all that it was folded from: one fact missing, twice or out of order, and it is another. */
const chains: View = {
  table: {
    name: 'chains',
    key: ['customer'],
    columns: { customer: 'text', facts: 'integer', chain: 'text' },
    indexes: [],
  } satisfies Table<Chain> as never,
  projection: defineProjection<Chain>({
    name: 'chains',
    version: 1,
    hears: 'everything',
    keys: ({ customers }) => customers.map(({ id }) => id),
    fold: (row, { position }, customer) => ({
      customer,
      facts: (row?.facts ?? 0) + 1,
      chain: createHash('sha256')
        .update(`${row?.chain ?? ''} ${position}`)
        .digest('hex'),
    }),
  }),
};

/** Every kind of view that the engine keeps, and one that no mistake leaves as it was. */
export const views: readonly View[] = [...shop, chains];
