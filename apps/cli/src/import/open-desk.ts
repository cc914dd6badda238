import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Decide, DecideHandler, freeForAll, newId, newLogSecret, noFingerprints, Rehearsal } from '#application';
import { BusinessClock, dayBefore, openCore, policiesBefore, type Settings } from '#system';
import { type Hands, withSession } from '../verb.js';
import type { Desk } from './import-file.js';
import { ImportProblem } from './words.js';

type Wanted = Readonly<{ currency: string; isRehearsal: boolean }>;

/** Opens what an import stands on, for as long as the work lasts. */
export type WithDesk = <T>(hands: Hands, wanted: Wanted, work: (desk: Desk) => Promise<T>) => Promise<T>;

/** Over both stores. A rehearsal begins no log, nor does a file in another currency: a log keeps its currency for ever. */
export const overBothStores: WithDesk = async (hands, { currency, isRehearsal }, work) => {
  const { settings } = hands;
  const hasLog = await stat(join(settings.data, 'log.key')).catch(() => undefined);
  if (!hasLog && currency !== settings.currency) {
    throw new ImportProblem('currency-differs', { currency, company: settings.currency });
  }
  if (!hasLog && isRehearsal) return work(await rehearsing(beforeAnyLog(settings)));
  return withSession(hands, async (session) => {
    if (isRehearsal) return work(await rehearsing(session));
    const core = await openCore(session);
    const { store, policies, fingerprints, log, clock } = session;
    try {
      return await work({ decide: core.decide, store, policies, fingerprints, log, clock });
    } finally {
      await core.close();
    }
  });
};

/** The same deciders over the same history; what they decide is not recorded. */
export const rehearsing = async (desk: Omit<Desk, 'decide'>): Promise<Desk> => {
  const { store, policies, log, clock } = desk;
  const head = await store.head();
  const stage = new Rehearsal(store, head);
  // What is recorded can be compared; what is not recorded now needs no fingerprint, and no key is made for it.
  const fingerprints = { ...noFingerprints, matches: desk.fingerprints.matches };
  const handler = new DecideHandler(stage, policies, log, freeForAll, fingerprints);
  return {
    store: { read: stage.read.bind(stage), head: async () => head },
    policies,
    fingerprints,
    log,
    clock,
    decide: (wish) => handler.execute(new Decide(wish)),
  };
};

const beforeAnyLog = ({ zone, currency, vertical, clock: day }: Settings): Omit<Desk, 'decide'> => {
  const clock = new BusinessClock(zone);
  if (day !== 'real') clock.standAfter(dayBefore(day));
  const company = { zone, currency, vertical };
  const nothing = new Rehearsal({ read: async function* () {} }, null);
  return {
    store: { read: nothing.read.bind(nothing), head: async () => null },
    policies: policiesBefore(company),
    fingerprints: noFingerprints,
    log: { logId: newId(), secret: newLogSecret(), company },
    clock,
  };
};
