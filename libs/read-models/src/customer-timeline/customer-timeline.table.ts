import type { Table } from '#postgres';
import type { CustomerTimelineRow } from './customer-timeline.projection.js';

export const customerTimelineTable: Table<CustomerTimelineRow> = {
  name: 'customer_timeline',
  key: ['customerId', 'position'],
  columns: {
    customerId: 'uuid',
    position: 'bigint',
    roles: 'text[]',
    stream: 'text',
    revision: 'bigint',
    eventId: 'uuid',
    type: 'text',
    occurredAt: 'timestamptz',
    recordedAt: 'timestamptz',
    zone: 'text',
    channel: 'text',
    actor: 'jsonb',
    backfill: 'boolean',
    sentiment: { type: 'integer', nullable: true },
    summary: { type: 'text', nullable: true },
    params: { type: 'jsonb', nullable: true },
  },
  indexes: [['customerId', 'occurredAt', 'position']],
};
