import type { Table } from '#postgres';
import type { AccessLogRow } from './access-log.projection.js';

export const accessLogTable: Table<AccessLogRow> = {
  name: 'access_log',
  key: ['position'],
  columns: {
    position: 'bigint',
    type: 'text',
    at: 'timestamptz',
    actorKind: 'text',
    actorId: 'text',
    subject: { type: 'uuid', nullable: true },
    fields: 'text[]',
    purpose: { type: 'text', nullable: true },
    through: 'text',
  },
  indexes: [
    ['subject', 'position'],
    ['actorId', 'position'],
    ['at', 'position'],
  ],
};
