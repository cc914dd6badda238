import type { Stage } from '#domain';

/** From first contact to loss, as a reader expects them. */
export const STAGES: readonly Stage[] = [
  'prospect',
  'registered',
  'expired_lead',
  'first_time',
  'developing',
  'active',
  'loyal',
  'at_risk',
  'dormant',
  'churned',
  'closed',
  'blocked',
  'erased',
];
