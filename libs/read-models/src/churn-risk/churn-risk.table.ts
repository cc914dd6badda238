import type { Table } from '#postgres';
import type { ChurnRiskRow } from './churn-risk.projection.js';

export const churnRiskTable: Table<ChurnRiskRow> = {
  name: 'churn_risk',
  key: ['customerId'],
  columns: {
    customerId: 'uuid',
    registered: 'boolean',
    score: 'integer',
    band: 'text',
    contributions: 'jsonb',
    stage: 'text',
    netRevenue: 'bigint',
    currency: 'text',
    nextChangeOn: { type: 'date', nullable: true },
    state: 'jsonb',
  },
  indexes: [['nextChangeOn'], '(score desc, net_revenue desc, customer_id) where score > 0'],
};
