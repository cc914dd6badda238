import { Decide, DecideHandler, newId, noFingerprints } from '#application';
import { customer } from '#domain';
import { claimBookOf, loggerFor, openSession, readSettings } from '#system';

/** Claims a login for the customer it is told, and dies of `kill -9` where it would have recorded it. */
const session = await openSession(readSettings(process.env), loggerFor('claimant', 'error'));
const { store, policies, log, clock } = session;
const dying = {
  read: store.read.bind(store),
  head: store.head.bind(store),
  append: () => {
    process.kill(process.pid, 'SIGKILL');
    return new Promise<never>(() => undefined);
  },
};
const commandId = newId();
const wish = {
  slice: customer,
  id: String(process.argv[2]),
  commands: [{ type: 'UseContactPointForLogin', data: { contactPointId: 'c1' } }],
  meta: {
    commandId,
    correlationId: commandId,
    causationId: commandId,
    occurredAt: clock.now(),
    zone: log.company.zone,
    actor: { kind: 'system', id: 'claimant' },
    channel: 'system',
  } as const,
};
await new DecideHandler(dying, policies, log, claimBookOf(session), noFingerprints).execute(new Decide(wish));
