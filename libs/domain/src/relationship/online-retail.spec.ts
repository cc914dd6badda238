import { readFileSync } from 'node:fs';
import { dayNumber, laterBy, type Recorded } from '#kernel';
import { someMeta } from '#testing';
import { instantAt } from '../vocabulary/calendar.js';
import { minorUnits } from '../vocabulary/money.js';
import { netRevenueOn, riskOn } from './churn.js';
import { historyOf } from './history.js';
import { defaultParameters } from './parameters.js';
import { remember } from './remember.js';
import { stageOn } from './stage.js';
import type { RelationshipEvent, RelationshipState } from './state.js';

const zone = 'Europe/London';
const today = dayNumber('2011-12-10');

/** Whole hours are looked up once: what a zone's clock shows is dear to find out. */
const hours = new Map<string, string>();
const inLondon = (ts: string): string => {
  const hour = ts.slice(0, 13);
  const start = hours.get(hour) ?? instantAt(`${hour.replace(' ', 'T')}:00:00`, zone);
  hours.set(hour, start);
  return laterBy(Number(ts.slice(14, 16)) * 60_000, start);
};

/** Every invoice is a completed service; a cancellation says only that the customer exists. */
const customers = (): readonly RelationshipState[] => {
  const known = new Map<string, RelationshipState>();
  const [, ...rows] = readFileSync('samples/online-retail/online_retail_invoices.csv', 'utf8').trim().split('\n');
  for (const [index, row] of rows.entries()) {
    const [invoice = '', customer = '', ts = '', isCancel, amount = ''] = row.split(',');
    const isKnown = known.has(customer);
    const tell = (stream: string, event: RelationshipEvent) => {
      const fact = {
        ...event,
        id: `${stream}@${event.type}`,
        meta: { ...someMeta, occurredAt: inLondon(ts), zone },
        customers: [{ id: customer, role: stream.startsWith('booking') ? 'payer' : 'self' }],
        stream,
        revision: 0n,
        position: BigInt(index),
        recordedAt: someMeta.occurredAt,
      } as Recorded<RelationshipEvent>;
      known.set(customer, remember(known.get(customer) ?? null, fact, customer, zone));
    };
    const money = { amount: Math.abs(minorUnits(amount, 'GBP') as number), currency: 'GBP' };
    if (!isKnown) tell(`customer-${customer}`, { type: 'IndividualRegistered', data: {} });
    if (isCancel === '1')
      tell(`booking-${invoice}`, { type: 'RefundRecordedWithoutBooking', data: { vertical: 'retail', refund: money } });
    else
      tell(`booking-${invoice}`, {
        type: 'ServiceCompleted',
        data: { vertical: 'retail', lineIds: ['1'], amount: money },
      });
  }
  return [...known.values()];
};

describe('a year of a real shop', () => {
  const histories = customers().map((state) => historyOf(state, defaultParameters));

  it('has the stages that an independent script finds', () => {
    const mix: Record<string, number> = {};
    for (const history of histories) {
      const stage = stageOn(history, today);
      mix[stage] = (mix[stage] ?? 0) + 1;
    }
    expect(mix).toEqual({
      registered: 6,
      expired_lead: 27,
      first_time: 671,
      developing: 985,
      active: 1030,
      loyal: 164,
      at_risk: 585,
      dormant: 608,
      churned: 296,
    });
  });

  it('has its turnover to the penny', () => {
    const everything = histories.map(({ state }) => netRevenueOn(historyOf(state, endless), today));
    expect(everything.reduce((sum, amount) => sum + amount, 0)).toBe(891_140_790 - 61_134_209);
  });

  it('has risks that are the sum of their reasons', () => {
    for (const history of histories) {
      const { score, contributions } = riskOn(history, today);
      expect(contributions.reduce((sum, { points }) => sum + points, 0)).toBe(score);
    }
  });
});

const endless = { ...defaultParameters, yearDays: 10_000 };
