import { type EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { dayNumber, dayText } from '#kernel';
import { rateOf } from '../protocol.js';

/** How much history the benches replay, unless they say otherwise. */
export const EVENTS = 40_000;
const AT_ONCE = 64;
const CUSTOMERS = 4_300;
const DAYS = 374;

export const uuid = (kind: number, number: number) =>
  `00000000-000${kind}-7000-8000-${number.toString(16).padStart(12, '0')}`;

type Told = Readonly<{ index: number; customer: string; type: string; day: number }>;

export const eventOf = ({ index, customer, type, day }: Told) => {
  const on = dayText(dayNumber('2010-12-01') + day);
  const at = `${on}T10:00:00.000Z`;
  const id = uuid(1, index);
  const lines = [1, 2, 3].map((line) => ({ sku: `SKU-${(index * line) % 4000}`, price: 100 * line }));
  return {
    id,
    type,
    data: { amount: 1000 + (index % 5000), on, lines },
    metadata: {
      schemaVersion: 1,
      occurredAt: at,
      recordedAt: at,
      zone: 'Europe/London',
      customers: [{ id: customer, role: 'self' }],
      actor: { kind: 'system', id: 'bench' },
      channel: 'import',
      commandId: id,
      $correlationId: id,
      $causationId: id,
    },
  };
};

/** W1: a hundred events a stream, one stream after the other; further ones from a number of streams on. */
export const contiguous = (client: EventStoreDBClient, events = EVENTS, streams = 0) =>
  rateOf(events / 100, AT_ONCE, async (number) => {
    const stream = streams + number;
    const customer = uuid(2, stream);
    const told = Array.from({ length: 100 }, (_, day) => ({ index: stream * 100 + day, customer, day }));
    await client.appendToStream(
      `booking-${uuid(3, stream)}`,
      told.map((one) => jsonEvent(eventOf({ ...one, type: 'BookingCompleted' }))),
    );
  });

/** W2: streams of five events, in turn. */
export const roundRobin = (client: EventStoreDBClient) =>
  rateOf(EVENTS, AT_ONCE, async (index) => {
    const stream = index % (EVENTS / 5);
    const told = { index, customer: uuid(2, stream), type: 'BookingCompleted', day: index % DAYS };
    await client.appendToStream(`booking-${uuid(3, stream)}`, jsonEvent(eventOf(told)));
  });

/** W3: bookings placed and completed over a year, by customers of whom few come often. */
export const domainMix = (client: EventStoreDBClient) => {
  let seed = 7;
  const next = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  return rateOf(EVENTS / 2, AT_ONCE, async (booking) => {
    const customer = uuid(2, Math.floor(CUSTOMERS ** next()));
    const told = { index: booking * 2, customer, day: Math.floor((booking / (EVENTS / 2)) * DAYS) };
    await client.appendToStream(`booking-${uuid(3, booking)}`, [
      jsonEvent(eventOf({ ...told, type: 'BookingPlaced' })),
      jsonEvent(eventOf({ ...told, index: told.index + 1, type: 'BookingCompleted' })),
    ]);
  });
};
