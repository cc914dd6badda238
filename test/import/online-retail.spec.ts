import type { Event, Recorded } from '#kernel';
import { importFile } from '../../apps/cli/src/import/import-file.js';
import { deskOver, onlineRetail, StreamedInMemory, sampleFile } from './desk.js';

/** Twenty times what it takes: machines are busy. */
const PATIENCE_MS = 180_000;

type Served = Recorded<Event<'ServiceCompleted', { amount: { amount: number; currency: string } }>>;
type Refunded = Recorded<Event<'RefundRecordedWithoutBooking', { refund: { amount: number }; orderNumber: string }>>;

describe('the retail history that ships', () => {
  const store = new StreamedInMemory();
  const again = () => importFile({ ...deskOver(store), file: sampleFile, mapping: onlineRetail });
  const all = <F extends Recorded>(type: string) => store.log.filter((fact) => fact.type === type) as unknown as F[];
  const streamsOf = (category: string) =>
    new Set(store.log.flatMap(({ stream }) => (stream.startsWith(`${category}-`) ? [stream] : [])));

  it(
    'becomes customers, their bookings, and their refunds',
    async () => {
      const summary = await again();
      expect(summary).toMatchObject({ read: 22_190, recorded: 22_190, already: 0, rejected: 0, changed: 0 });
      expect(summary).toMatchObject({ facts: 49_470, lastOccurredAt: '2011-12-09T12:50:00.000Z', interrupted: false });
      expect(summary.rejectedFile).toBeUndefined();

      expect(streamsOf('customer').size).toBe(4_372);
      expect(streamsOf('booking').size).toBe(22_190);
      const served = all<Served>('ServiceCompleted');
      const refunded = all<Refunded>('RefundRecordedWithoutBooking');
      expect(served).toHaveLength(18_536);
      expect(refunded).toHaveLength(3_654);
      expect(served.reduce((sum, { data }) => sum + data.amount.amount, 0)).toBe(891_140_790);
      expect(-refunded.reduce((sum, { data }) => sum + data.refund.amount, 0)).toBe(-61_134_209);
      expect(new Set(served.map(({ data }) => data.amount.currency))).toEqual(new Set(['GBP']));
    },
    PATIENCE_MS,
  );

  it('is dated by the wall clock of its shop, and says where it comes from', () => {
    const [first] = all('BookingPlaced');
    expect(first).toMatchObject({
      data: { orderNumber: '536365', vertical: 'retail', total: { amount: 13_912, currency: 'GBP' } },
      meta: { occurredAt: '2010-12-01T08:26:00.000Z', zone: 'Europe/London', backfill: true, channel: 'import' },
    });
    expect(first?.meta).toMatchObject({
      actor: { kind: 'system', id: 'import' },
      source: { system: 'online-retail', id: '536365' },
    });
    const inSummer = store.log.find(({ meta }) => meta.source?.id === '561861');
    expect(inSummer?.meta.occurredAt).toBe('2011-07-31T09:28:00.000Z');
  });

  it('keeps the order of the file for each customer', () => {
    const last = new Map<string, string>();
    const early = store.log.filter(({ customers, meta: { occurredAt } }) =>
      customers.some(({ id }) => {
        const isEarly = occurredAt < (last.get(id) ?? '');
        last.set(id, occurredAt);
        return isEarly;
      }),
    );
    expect(early).toEqual([]);
    expect(last.size).toBe(4_372);
  });

  it(
    'adds no event when it is imported again',
    async () => {
      const before = store.log.length;
      expect(await again()).toMatchObject({
        read: 22_190,
        recorded: 0,
        already: 22_190,
        rejected: 0,
        changed: 0,
        facts: 0,
      });
      expect(store.log).toHaveLength(before);
    },
    PATIENCE_MS,
  );
});
