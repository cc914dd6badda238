import type { ServiceLevels, StatutoryClock, Target } from '../vocabulary/service-levels.js';

const atAnyHour = (minutes: number): Target => ({ calendar: 'always', minutes });
const atWork = (minutes: number): Target => ({ calendar: 'office', minutes });
const workingDays = (days: number, calendar = 'office'): Target => ({ calendar, workingDays: days });
/** Days of a calendar in which every day is worked. */
const days = (count: number): Target => workingDays(count, 'always');

const CIVIL_AVIATION = '公共航空运输旅客服务管理规定, in force since 2021-09-01';

const statutory: readonly StatutoryClock[] = [
  {
    ...{ clock: 'cn_civil_aviation.complaint', regime: 'cn_civil_aviation', endsWith: 'resolution' },
    ...{ target: workingDays(10, 'cn'), warnAt: [75, 90], source: CIVIL_AVIATION },
  },
  {
    ...{ clock: 'cn_civil_aviation.refund', regime: 'cn_civil_aviation_refund', endsWith: 'resolution' },
    ...{ target: workingDays(7, 'cn'), warnAt: [75, 90], source: CIVIL_AVIATION },
  },
  {
    ...{ clock: 'us_dot.acknowledgement', regime: 'us_dot', endsWith: 'acknowledgement' },
    ...{ target: days(30), warnAt: [75, 90], source: '14 CFR 259.7' },
  },
  {
    ...{ clock: 'us_dot.response', regime: 'us_dot', endsWith: 'first_response' },
    ...{ target: days(60), warnAt: [75, 90], source: '14 CFR 259.7' },
  },
  {
    ...{ clock: 'us_dot_disability.response', regime: 'us_dot_disability', endsWith: 'resolution' },
    ...{ target: days(30), warnAt: [75, 90], source: '14 CFR 382.155' },
  },
];

/** What complainants are promised until the company says otherwise. */
export const levels: ServiceLevels = {
  sev1: {
    ...{ acknowledgement: atAnyHour(15), firstResponse: atAnyHour(60), resolution: atAnyHour(24 * 60) },
    warnAt: [50, 75],
  },
  sev2: { acknowledgement: atWork(60), firstResponse: atWork(4 * 60), resolution: workingDays(3), warnAt: [75] },
  sev3: { acknowledgement: atWork(4 * 60), firstResponse: workingDays(1), resolution: workingDays(7), warnAt: [90] },
  sev4: { acknowledgement: workingDays(1), firstResponse: workingDays(3), resolution: workingDays(15), warnAt: [] },
  unclassified: 'sev3',
  statutory,
};

/** A VIP is promised at least what is promised for severity 2. */
export const vipLevels: ServiceLevels = {
  ...{ sev1: levels.sev1, sev2: levels.sev2, sev3: levels.sev2, sev4: levels.sev2 },
  ...{ unclassified: 'sev2', statutory: [] },
};
