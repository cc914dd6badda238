import type { Table } from '#postgres';
import type { CustomerProfileRow } from './customer-profile.projection.js';

const text = { type: 'text', nullable: true } as const;
const sealed = <C extends string>(personal: C) => ({ type: 'jsonb', personal }) as const;

export const profilePersonal = [
  'name',
  'birthDate',
  'gender',
  'occupation',
  'creditCode',
  'contactPoints',
  'identifiers',
  'preferences',
  'specialNeeds',
  'driverLicence',
  'documents',
] as const;

export const customerProfileTable: Table<CustomerProfileRow> = {
  name: 'customer_profile',
  key: ['customerId'],
  columns: {
    customerId: 'uuid',
    kind: 'text',
    status: 'text',
    team: text,
    statusReason: text,
    name: { ...text, personal: 'identity' },
    birthDate: { ...text, personal: 'identity' },
    gender: { ...text, personal: 'identity' },
    occupation: { ...text, personal: 'identity' },
    creditCode: { ...text, personal: 'document' },
    industry: text,
    size: text,
    parentOrgId: { type: 'uuid', nullable: true },
    locale: text,
    zone: text,
    residencyRegion: text,
    acquisition: { type: 'jsonb', nullable: true },
    contactPoints: sealed('contact'),
    identifiers: sealed('identity'),
    preferences: sealed('preference'),
    specialNeeds: sealed('health'),
    driverLicence: { ...sealed('document'), nullable: true },
    documents: sealed('document'),
    contacts: 'jsonb',
    blocked: 'boolean',
    closed: 'boolean',
    registeredAt: 'timestamptz',
    updatedAt: 'timestamptz',
  },
  indexes: [['registeredAt', 'customerId']],
  subject: 'customerId',
};
