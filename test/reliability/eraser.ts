import { DecideHandler } from '#application';
import { claimBookOf, Forgetting, loggerFor, openSession, readSettings, StoredAnswers } from '#system';

/** Forgets the person it is told, and dies of `kill -9` at the step it is told: before the n-th call of anything. */
const [subject = '', at = ''] = process.argv.slice(2);
const session = await openSession(readSettings(process.env), loggerFor('eraser', 'silent'));
const { pool, sql, store, policies, log, clock, fingerprints, secrets } = session;

let steps = 0;
const step = async (): Promise<void> => {
  if (steps++ !== Number(at)) return;
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => undefined);
};

/** The same object, each of whose calls is a step. */
const stepwise = <T extends object>(object: T, ...names: readonly (keyof T & string)[]): T =>
  new Proxy(object, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (!names.includes(name as never)) return value.bind(target);
      return async (...args: unknown[]) => {
        await step();
        return value.apply(target, args);
      };
    },
  });

// The list of the destroyed and the file of the keys, each on its own.
const keys = secrets.keys as unknown as Record<'list' | 'file', { add: unknown; destroy: unknown }>;
keys.list = stepwise(keys.list, 'add');
keys.file = stepwise(keys.file, 'destroy');

const claims = stepwise(claimBookOf(session), 'releaseAll');
const appending = stepwise(store, 'append');
const forgetting = new Forgetting({
  ...{ log, clock, claims, store },
  keys: secrets.keys,
  pool: stepwise(pool, 'query'),
  sql: async (text, values) => {
    await step();
    return sql(text, values);
  },
  decide: new DecideHandler(appending, policies, log, claims, fingerprints),
  answers: stepwise(new StoredAnswers(pool, log), 'purge'),
});
const by = { kind: 'system', id: 'eraser' } as const;
await forgetting.erase(subject, { by, reason: 'request' });
await step();
process.send?.({ steps });
await session.close();
process.disconnect?.();
