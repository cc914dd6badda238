import type { Table } from '#postgres';
import type { ComplaintRow } from './complaints.projection.js';

const text = { type: 'text', nullable: true } as const;
const uuid = { type: 'uuid', nullable: true } as const;
const instant = { type: 'timestamptz', nullable: true } as const;

export const complaintsTable: Table<ComplaintRow> = {
  name: 'complaints',
  key: ['complaintId'],
  columns: {
    complaintId: 'uuid',
    status: 'text',
    complainant: 'uuid',
    onBehalfOf: uuid,
    customers: 'text[]',
    bookingId: uuid,
    category: text,
    severity: text,
    team: text,
    agent: text,
    text: { ...text, personal: true },
    desiredOutcome: { ...text, personal: true },
    outcome: text,
    remedy: text,
    explanation: { ...text, personal: true },
    timesReopened: 'integer',
    channel: 'text',
    incidentAt: instant,
    filedAt: 'timestamptz',
    acknowledgedAt: instant,
    resolvedAt: instant,
    closedAt: instant,
  },
  indexes: [['filedAt', 'complaintId'], ['status', 'filedAt', 'complaintId'], 'using gin (customers)'],
};
