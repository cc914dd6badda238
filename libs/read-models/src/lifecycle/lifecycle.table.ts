import type { Table } from '#postgres';
import type { LifecycleRow } from './lifecycle.projection.js';

export const lifecycleTable: Table<LifecycleRow> = {
  name: 'lifecycle',
  key: ['customerId'],
  columns: {
    customerId: 'uuid',
    stage: 'text',
    overlay: { type: 'text', nullable: true },
    since: 'date',
    rule: 'text',
    inputs: 'jsonb',
    evidence: 'jsonb',
    nextChangeOn: { type: 'date', nullable: true },
    state: 'jsonb',
  },
  indexes: [['nextChangeOn'], ['stage']],
};
