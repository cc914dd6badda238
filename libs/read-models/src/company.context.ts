import type { DayClosed, LogOpened } from '#domain';
import { type Context, dayNumber, dayText } from '#kernel';

export type CompanyContext = Readonly<{ logId: string; zone: string; currency: string; closedDay: string | null }>;

/** The company's zone and currency, and the last of its days that is over. */
export const companyContext: Context<CompanyContext> = {
  // Of no consequence: the first fact of every log says what they are.
  initial: { logId: '', zone: 'UTC', currency: '', closedDay: null },
  hears: ['LogOpened', 'DayClosed'],
  fold: (company, { type, data }) => {
    if (type === 'DayClosed') return { ...company, closedDay: (data as DayClosed).date };
    const { logId, zone, currency } = data as LogOpened;
    return { ...company, logId, zone, currency };
  },
  today: ({ closedDay }) => (closedDay === null ? null : dayText(dayNumber(closedDay) + 1)),
};
