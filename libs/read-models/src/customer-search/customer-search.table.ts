import type { Table } from '#postgres';
import type { CustomerSearchRow } from './customer-search.projection.js';

export const customerSearchTable: Table<CustomerSearchRow> = {
  name: 'customer_search',
  key: ['entry'],
  columns: {
    entry: 'text',
    customerId: 'uuid',
    kind: 'text',
    value: { type: 'text', blind: 'kind' },
  },
  indexes: [['kind', 'value', 'customerId'], ['customerId']],
  subject: 'customerId',
  forgotten: 'removed',
};
