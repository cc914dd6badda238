import type { Table } from '#postgres';
import type { PointsRow } from './points.projection.js';

export const pointsPersonal = ['memberNumber'] as const;

export const pointsTable: Table<PointsRow> = {
  name: 'points',
  key: ['accountId'],
  columns: {
    accountId: 'uuid',
    member: 'uuid',
    programme: 'text',
    memberNumber: { type: 'text', nullable: true, personal: 'identity' },
    lots: 'jsonb',
    debt: 'jsonb',
    redemptions: 'jsonb',
    enrolledAt: 'timestamptz',
    nextDueAt: { type: 'timestamptz', nullable: true },
    revision: 'bigint',
    quietUntil: 'jsonb',
  },
  indexes: [
    ['member', 'accountId'],
    ['enrolledAt', 'accountId'],
  ],
  subject: 'member',
};
