import type { Table } from '#postgres';
import type { ComplaintRow } from './complaints.projection.js';

const text = { type: 'text', nullable: true } as const;
const uuid = { type: 'uuid', nullable: true } as const;
const instant = { type: 'timestamptz', nullable: true } as const;

export const complaintPersonal = ['text', 'desiredOutcome', 'explanation'] as const;

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
    text: { ...text, personal: 'free_text' },
    desiredOutcome: { ...text, personal: 'free_text' },
    outcome: text,
    remedy: text,
    explanation: { ...text, personal: 'free_text' },
    timesReopened: 'integer',
    channel: 'text',
    incidentAt: instant,
    filedAt: 'timestamptz',
    acknowledgedAt: instant,
    resolvedAt: instant,
    closedAt: instant,
    regulatory: 'text[]',
    tierAtFiling: text,
    contracts: 'text[]',
    level: 'integer',
    escalatedAt: instant,
    escalationReason: text,
    hold: text,
    heldSince: instant,
    respondedAt: instant,
    clocks: 'jsonb',
    dueAt: instant,
    breached: 'boolean',
    nextDueAt: instant,
  },
  indexes: [
    ['dueAt', 'complaintId'],
    ['filedAt', 'complaintId'],
    ['status', 'filedAt', 'complaintId'],
    ['complainant'],
    'using gin (customers)',
  ],
  subject: 'complainant',
};
