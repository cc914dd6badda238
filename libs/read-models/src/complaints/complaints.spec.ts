import type { complaint } from '#domain';
import type { EventOf } from '#kernel';
import { at, view } from '#testing';
import { complaints } from './complaints.projection.js';

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
  it('is settled, and opened again', () => {
    complaintAfter(resolved).is({ status: 'resolved', outcome: 'upheld', remedy: 'refund', resolvedAt: noon });
    complaintAfter(resolved, closed).is({ status: 'closed', closedAt: noon });
    complaintAfter(resolved, closed, reopened).is({ status: 'reopened', timesReopened: 1, closedAt: null });
    complaintAfter({ type: 'ComplaintWithdrawn', data: {} }).is({ status: 'withdrawn' });
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
