import type { DayClosed, LogOpened } from '#domain';
import type { Event } from '#kernel';
import { recorded } from '#testing';
import { companyContext } from './company.context.js';

type CompanyEvent = Event<'LogOpened', LogOpened> | Event<'DayClosed', DayClosed>;

const companyAfter = (...events: readonly CompanyEvent[]) =>
  recorded<CompanyEvent>('log-meta', events).reduce(companyContext.fold, companyContext.initial);
const logId = '01900000-0000-7000-8000-000000000010';
const opened: CompanyEvent = { type: 'LogOpened', data: { logId, zone: 'Europe/London', currency: 'GBP' } };
const closed = (date: string): CompanyEvent => ({ type: 'DayClosed', data: { date, zone: 'Europe/London' } });

describe('the company', () => {
  it('is what the first fact of the log says', () => {
    expect(companyAfter(opened)).toEqual({ logId, zone: 'Europe/London', currency: 'GBP', closedDay: null });
    expect(companyContext.today(companyAfter(opened))).toBeNull();
  });

  it('is in the day after the last that is over', () => {
    const company = companyAfter(opened, closed('2026-02-27'), closed('2026-02-28'));
    expect(company).toMatchObject({ zone: 'Europe/London', closedDay: '2026-02-28' });
    expect(companyContext.today(company)).toBe('2026-03-01');
  });
});
