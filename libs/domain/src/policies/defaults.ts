import type { PolicyPublished } from '../company/company.messages.js';
import type { LoyaltyProgramme } from '../loyalty/loyalty-account.messages.js';

const programme: LoyaltyProgramme = { pointsPerUnit: 1, lockDays: 0, expiryMonths: 24, reservationHours: 24 };

/** The first versions of the rules a company starts with, in force since ever, so that its history has rules too. */
export const defaultPolicies: readonly Readonly<PolicyPublished>[] = [
  { kind: 'loyalty', id: 'default', version: 1, effectiveFrom: '1970-01-01T00:00:00.000Z', body: programme },
];
