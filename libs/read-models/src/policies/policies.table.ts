import type { Table } from '#postgres';
import type { PolicyRow } from './policies.projection.js';

export const policiesTable: Table<PolicyRow> = {
  name: 'policies',
  key: ['ref'],
  columns: {
    ref: 'text',
    kind: 'text',
    name: 'text',
    version: 'integer',
    effectiveFrom: 'timestamptz',
    body: 'jsonb',
    corrects: { type: 'integer', nullable: true },
    reason: { type: 'text', nullable: true },
    correctedBy: { type: 'integer', nullable: true },
    publishedAt: 'timestamptz',
    actorKind: 'text',
    actorId: 'text',
  },
  indexes: [['kind', 'name', 'version']],
};
