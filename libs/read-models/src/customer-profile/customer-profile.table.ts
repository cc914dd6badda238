import type { Table } from '#postgres';
import type { CustomerProfileRow } from './customer-profile.projection.js';

const text = { type: 'text', nullable: true } as const;
const personal = { type: 'jsonb', personal: true } as const;

export const customerProfileTable: Table<CustomerProfileRow> = {
  name: 'customer_profile',
  key: ['customerId'],
  columns: {
    customerId: 'uuid',
    kind: 'text',
    status: 'text',
    statusReason: text,
    name: { ...text, personal: true },
    birthDate: { ...text, personal: true },
    gender: text,
    occupation: { ...text, personal: true },
    creditCode: { ...text, personal: true },
    industry: text,
    size: text,
    parentOrgId: { type: 'uuid', nullable: true },
    locale: text,
    zone: text,
    residencyRegion: text,
    acquisition: { type: 'jsonb', nullable: true },
    contactPoints: personal,
    identifiers: personal,
    preferences: personal,
    specialNeeds: personal,
    driverLicence: { ...personal, nullable: true },
    documents: personal,
    contacts: 'jsonb',
    blocked: 'boolean',
    closed: 'boolean',
    registeredAt: 'timestamptz',
    updatedAt: 'timestamptz',
  },
  indexes: [['registeredAt', 'customerId']],
};
