import type { Table } from '#postgres';
import type { BookingRow } from './bookings.projection.js';

const nullable = <T extends 'text' | 'uuid' | 'jsonb' | 'timestamptz'>(type: T) => ({ type, nullable: true }) as const;

export const bookingsTable: Table<BookingRow> = {
  name: 'bookings',
  key: ['bookingId'],
  columns: {
    bookingId: 'uuid',
    status: 'text',
    vertical: 'text',
    orderNumber: nullable('text'),
    booker: nullable('uuid'),
    payer: nullable('uuid'),
    guests: nullable('jsonb'),
    travellers: 'text[]',
    customers: 'text[]',
    lines: 'jsonb',
    total: 'jsonb',
    inBase: nullable('jsonb'),
    payments: 'jsonb',
    refunds: 'jsonb',
    serviceWindow: nullable('jsonb'),
    validUntil: nullable('timestamptz'),
    channel: 'text',
    partner: nullable('text'),
    campaign: nullable('text'),
    cancelledBy: nullable('text'),
    cancelReason: nullable('text'),
    openedAt: 'timestamptz',
    completedAt: nullable('timestamptz'),
  },
  indexes: [['openedAt', 'bookingId'], ['status', 'openedAt', 'bookingId'], 'using gin (customers)'],
};
