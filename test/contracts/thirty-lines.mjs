import {
  persistentSubscriptionToStreamSettingsFromDefaults as defaults,
  EventStoreDBClient,
  FORWARDS,
  jsonEvent,
  START,
} from '@eventstore/db-client';

const client = EventStoreDBClient.connectionString(process.env.EVENTSTORE_URL);
const seat = (passenger) => jsonEvent({ type: 'SeatReserved', data: { passenger } });

const appended = await client.appendToStream('flight-CA1831', [seat('Li Wei'), seat('Ada')], {
  expectedRevision: 'no_stream',
});
console.log('next', appended.nextExpectedRevision);

const events = client.readStream('flight-CA1831', { direction: FORWARDS, fromRevision: START, maxCount: 10 });
for await (const { event } of events) console.log('read', event.revision, event.data.passenger);

const refused = client.appendToStream('flight-CA1831', seat('Grace'), { expectedRevision: 'no_stream' });
console.log('refused', await refused.catch(({ type }) => type));

const subscription = client.subscribeToAll({
  fromPosition: START,
  filter: { filterOn: 'streamName', prefixes: ['flight-'], checkpointInterval: 1 },
});
await client.appendToStream('flight-CA1832', seat('Edsger'));
for await (const { event } of subscription) {
  console.log('heard', event.streamId, event.data.passenger);
  if (event.data.passenger === 'Edsger') break;
}

await client.createPersistentSubscriptionToStream('flight-CA1831', 'desk', defaults({ startFrom: START }));
const desk = client.subscribeToPersistentSubscriptionToStream('flight-CA1831', 'desk');
for await (const handed of desk) {
  await desk.ack(handed);
  console.log('handed', handed.event.data.passenger);
  if (handed.event.data.passenger === 'Ada') break;
}
process.exit(0);
