import type { Table } from '#postgres';
import type { CustomerSearchRow } from './customer-search.projection.js';

export const customerSearchTable: Table<CustomerSearchRow> = {
  name: 'customer_search',
  key: ['entry'],
  columns: {
    entry: 'text',
    customerId: 'uuid',
    kind: 'text',
    value: { type: 'text', personal: true },
    shown: { type: 'text', personal: true },
  },
  indexes: [['kind', 'value', 'customerId'], "(customer_id) where kind = 'name'"],
};
