import type { Company } from '#kernel';
import type { CallbackRules } from '../callbacks/callback.messages.js';
import type { LoyaltyProgramme } from '../loyalty/loyalty-programme.messages.js';
import type { Shift, WorkingHours } from '../vocabulary/working-hours.js';
import { levels, vipLevels } from './default-levels.js';
import { roles } from './default-roles.js';
import { holidayLists } from './holiday-lists.js';
import type { PolicyPublished } from './policy.messages.js';

const programme: LoyaltyProgramme = { pointsPerUnit: 1, lockDays: 0, expiryMonths: 24, reservationHours: 24 };

const calling: CallbackRules = {
  quietHours: { from: '21:00', to: '08:30' },
  ...{ maxAttempts: 3, hoursApart: 4, mostADay: 2, expiryHours: 72 },
};

const weekOf = (weekdays: readonly Shift[], weekend: readonly Shift[]): WorkingHours['week'] => ({
  ...{ monday: weekdays, tuesday: weekdays, wednesday: weekdays, thursday: weekdays, friday: weekdays },
  ...{ saturday: weekend, sunday: weekend },
});
const office = [
  { from: '09:00', to: '12:00' },
  { from: '13:00', to: '18:00' },
];
const always = [{ from: '00:00', to: '24:00' }];

const holidaysIn = (zone: string): readonly string[] => {
  if (zone === 'Asia/Shanghai') return ['cn'];
  return zone === 'Europe/London' ? ['gb-eaw'] : [];
};

/** The first versions of the rules a company starts with, in force since ever, so that its history has rules too. */
export const defaultPolicies = ({ zone }: Pick<Company, 'zone'>): readonly Readonly<PolicyPublished>[] => {
  const first = (kind: string, id: string, body: object) => ({
    ...{ kind, id, body },
    version: 1,
    effectiveFrom: '1970-01-01T00:00:00.000Z',
  });
  return [
    first('loyalty', 'default', programme),
    first('callback', 'default', calling),
    first('calendar', 'office', { zone, week: weekOf(office, []), holidays: holidaysIn(zone), makeUpDay: office }),
    first('calendar', 'always', { zone, week: weekOf(always, always), holidays: [], makeUpDay: [] }),
    first('calendar', 'cn', { zone: 'Asia/Shanghai', week: weekOf(office, []), holidays: ['cn'], makeUpDay: office }),
    first('sla', 'default', levels),
    first('sla', 'tier.vip', vipLevels),
    first('roles', 'default', roles),
    ...holidayLists.map((list) => first('holidays', list.region, list)),
  ];
};
