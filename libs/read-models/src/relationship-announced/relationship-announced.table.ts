import type { Table } from '#postgres';
import type { RelationshipAnnouncedRow } from './relationship-announced.projection.js';

export const relationshipAnnouncedTable: Table<RelationshipAnnouncedRow> = {
  name: 'relationship_announced',
  key: ['customerId'],
  columns: {
    customerId: 'uuid',
    stage: { type: 'text', nullable: true },
    score: { type: 'integer', nullable: true },
    band: { type: 'text', nullable: true },
  },
  indexes: [],
};
