import { clocksAfter, type complaint } from '#domain';
import type { EventOf } from '#kernel';
import { at, view } from '#testing';
import { type ComplaintRow, complaints } from './complaints.projection.js';
import { recounted } from './recount.js';

type ComplaintEvent = EventOf<typeof complaint>;
const { given } = view(complaints);
const complaintAfter = (...events: readonly ComplaintEvent[]) => ({
  is: (expected: object) =>
    given({ stream: 'complaint-1', customers, events: [filed, ...events].map((event) => at(noon, event)) }).thenRow(
      '1',
      expected,
    ),
});

describe('a complaint', () => {
  it('is filed', () =>
    complaintAfter().is({
      complaintId: '1',
      status: 'filed',
      complainant: 'ann',
      customers: ['ann', 'acme'],
      severity: 'sev2',
      text: 'late',
      filedAt: noon,
    }));
  it('is acknowledged once, whatever came before', () => {
    complaintAfter(acknowledged).is({ status: 'acknowledged', acknowledgedAt: noon });
    complaintAfter(assigned, acknowledged).is({ status: 'assigned', team: 'care', agent: null, acknowledgedAt: noon });
  });
  it('may be seen in another light', () =>
    complaintAfter({ type: 'ComplaintClassified', data: { category: 'safety', severity: 'sev1' } }).is({
      status: 'filed',
      category: 'safety',
      severity: 'sev1',
    }));
  it('CMP-2 tells for whom more was promised', () =>
    complaintAfter({
      type: 'ComplaintClassified',
      data: { category: 'safety', severity: 'sev1', tierAtFiling: 'vip', contracts: ['acme'] },
    }).is({ tierAtFiling: 'vip', contracts: ['acme'], regulatory: [] }));
  it('CMP-3 tells how far up it was taken, when and why', () => {
    complaintAfter().is({ level: 0, escalatedAt: null, escalationReason: null });
    const [time, media] = ['time', 'media'] as const;
    complaintAfter(
      { type: 'ComplaintEscalated', data: { level: 1, reason: time, clock: 'resolution', threshold: 75 } },
      { type: 'ComplaintEscalated', data: { level: 2, reason: media } },
    ).is({ level: 2, escalatedAt: noon, escalationReason: media });
  });
  it('is settled, and opened again', () => {
    complaintAfter(resolved).is({ status: 'resolved', outcome: 'upheld', remedy: 'refund', resolvedAt: noon });
    complaintAfter(resolved, closed).is({ status: 'closed', closedAt: noon });
    complaintAfter(resolved, closed, reopened).is({ status: 'reopened', timesReopened: 1, closedAt: null });
    complaintAfter({ type: 'ComplaintWithdrawn', data: {} }).is({ status: 'withdrawn' });
  });
});

describe('the clocks of a complaint', () => {
  it('say when something is due, and when they have something to say', () =>
    complaintAfter(acknowledgement, resolution).is({
      dueAt: '2026-03-01T13:00:00.000Z',
      nextDueAt: '2026-03-01T12:45:00.000Z',
      breached: false,
    }));
  it('that have warned are due next', () =>
    complaintAfter(acknowledgement, warned).is({ nextDueAt: '2026-03-01T13:00:00.000Z' }));
  it('that are late stay due, and say no more', () =>
    complaintAfter(acknowledgement, breached).is({
      dueAt: '2026-03-01T13:00:00.000Z',
      nextDueAt: null,
      breached: true,
    }));
  it('that are held are not due', () => {
    complaintAfter(resolution, paused, held).is({
      ...{ hold: 'waiting_customer', heldSince: noon, dueAt: null, nextDueAt: null },
    });
    complaintAfter(resolution, paused, held, resumed, wentOn).is({
      ...{ hold: null, heldSince: null, dueAt: '2026-03-05T18:00:00.000Z', nextDueAt: '2026-03-05T18:00:00.000Z' },
    });
  });
  it('that were late stay late on record', () =>
    complaintAfter(acknowledgement, breached, late).is({ dueAt: null, nextDueAt: null, breached: true }));
  it('of history from elsewhere are counted, and have no deadline', () => {
    const backfilled = [filed, acknowledgement].map((event) => {
      const { meta, ...rest } = at(noon, event);
      return { ...rest, meta: { ...meta, backfill: true as const } };
    });
    given({ stream: 'complaint-1', customers, events: backfilled }).thenRow('1', { dueAt: null, nextDueAt: null });
  });
  it('have the complaint looked at when one has something to say', () => {
    const { at: column, says } = complaints.deadline ?? {};
    expect(column).toBe('nextDueAt');
    expect(says?.({ complaintId: '1' } as ComplaintRow)).toEqual({
      category: 'complaint',
      id: '1',
      command: { type: 'CheckSlaClocks', data: {} },
    });
  });
  it('would be due at another time under another calendar', () => {
    const clocks = clocksAfter([], at(noon, resolution));
    const days = { monday: [], tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [], sunday: [] };
    const hours = {
      zone: 'UTC',
      week: { ...days, monday: [{ from: '09:00', to: '10:00' }] },
      holidays: [],
      makeUpDay: [],
    };
    const calendars = { 'calendar.office': { ref: 'calendar.office@2', body: hours } };
    expect(recounted(clocks, calendars)).toEqual([
      {
        clock: 'resolution',
        isOpen: true,
        dueAt: '2026-03-04T18:00:00.000Z',
        wouldBeDueAt: '2026-03-23T10:00:00.000Z',
        warnAt: [{ threshold: 75, at: '2026-03-04T09:00:00.000Z' }],
        wouldWarnAt: [{ threshold: 75, at: '2026-03-16T10:00:00.000Z' }],
      },
    ]);
    expect(() => recounted(clocks, {})).toThrow('there is no calendar office');
  });
});

const noon = '2026-03-01T12:00:00.000Z';
const customers = [
  { id: 'ann', role: 'complainant' },
  { id: 'acme', role: 'on_behalf_of' },
];
const filed: ComplaintEvent = {
  type: 'ComplaintFiled',
  data: { complainant: 'ann', onBehalfOf: 'acme', severity: 'sev2', text: 'late' },
};
const acknowledged: ComplaintEvent = { type: 'ComplaintAcknowledged', data: {} };
const assigned: ComplaintEvent = { type: 'ComplaintAssigned', data: { team: 'care' } };
const resolved: ComplaintEvent = { type: 'ComplaintResolved', data: { outcome: 'upheld', remedy: 'refund' } };
const closed: ComplaintEvent = { type: 'ComplaintClosed', data: {} };
const reopened: ComplaintEvent = { type: 'ComplaintReopened', data: { reason: 'again' } };
const started = (clock: 'acknowledgement' | 'resolution', dueAt: string, warnAt: string): ComplaintEvent => ({
  type: 'SlaClockStarted',
  data: {
    ...{ clock, endsWith: clock, pauses: clock === 'resolution', isStatutory: false },
    target: { calendar: 'office', ...(clock === 'resolution' ? { workingDays: 3 } : { minutes: 60 }) },
    ...{ since: noon, startedAt: noon, dueAt, warnAt: [{ threshold: 75, at: warnAt }] },
  },
});
const acknowledgement = started('acknowledgement', '2026-03-01T13:00:00.000Z', '2026-03-01T12:45:00.000Z');
const resolution = started('resolution', '2026-03-04T18:00:00.000Z', '2026-03-04T09:00:00.000Z');
const due = { clock: 'acknowledgement', dueAt: '2026-03-01T13:00:00.000Z' };
const warned: ComplaintEvent = { type: 'SlaWarningRaised', data: { ...due, threshold: 75 } };
const breached: ComplaintEvent = { type: 'SlaBreached', data: { ...due, overdueMs: 0 } };
const late: ComplaintEvent = {
  type: 'SlaClockStopped',
  data: { clock: 'acknowledgement', cause: 'acknowledged', met: false, elapsedMs: 7_200_000 },
};
const paused: ComplaintEvent = { type: 'ComplaintPaused', data: { reason: 'waiting_customer' } };
const held: ComplaintEvent = { type: 'SlaClockPaused', data: { clock: 'resolution', remainingMs: 1_000 } };
const resumed: ComplaintEvent = { type: 'ComplaintResumed', data: {} };
const wentOn: ComplaintEvent = {
  type: 'SlaClockResumed',
  data: { clock: 'resolution', dueAt: '2026-03-05T18:00:00.000Z', warnAt: [] },
};
