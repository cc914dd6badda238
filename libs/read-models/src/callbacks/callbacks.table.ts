import type { Table } from '#postgres';
import type { CallbackRow } from './callbacks.projection.js';

const text = { type: 'text', nullable: true } as const;

export const callbackPersonal = ['note'] as const;

export const callbacksTable: Table<CallbackRow> = {
  name: 'callbacks',
  key: ['callbackId'],
  columns: {
    callbackId: 'uuid',
    status: 'text',
    requester: 'uuid',
    topic: 'text',
    windows: 'jsonb',
    dueFrom: 'timestamptz',
    dueBy: 'timestamptz',
    deadline: { type: 'timestamptz', nullable: true },
    zone: 'text',
    contactPointId: text,
    relatedTo: text,
    note: { ...text, personal: 'free_text' },
    attempts: 'integer',
    lastResult: text,
    late: { type: 'boolean', nullable: true },
    outcome: text,
    requestedAt: 'timestamptz',
    endedAt: { type: 'timestamptz', nullable: true },
  },
  indexes: [
    ['dueBy', 'callbackId'],
    ['status', 'dueBy', 'callbackId'],
    ['requester', 'dueBy', 'callbackId'],
  ],
  subject: 'requester',
};
