import { readStatus, waitFor } from '#projections';
import { followDays, portsOf, runProgram, type Session } from '#system';
import { createApi } from './create-api.js';
import { CONDITION, type Condition } from './machine-door.js';
import { LOCALE, VIEW_GATE, type ViewGate } from './view-gate.js';

const ANSWERS_WITHIN_MS = 1500;

const gateOver = ({ sql }: Session): ViewGate => ({
  seen: (view, position, milliseconds) => waitFor(sql, view, position, milliseconds),
});

const conditionOf = ({ sql, store }: Session): Condition => ({
  views: async () => (await readStatus(sql)).map((status) => ({ ...status, stoppedAt: status.stoppedAt })),
  missing: async () => {
    const asked = { postgres: sql('select 1'), 'event-store': store.head() };
    const late = new Promise((_, fail) => setTimeout(fail, ANSWERS_WITHIN_MS).unref());
    late.catch(() => undefined);
    const answers = await Promise.allSettled(Object.values(asked).map((answer) => Promise.race([answer, late])));
    return Object.keys(asked).filter((_, index) => answers[index]?.status === 'rejected');
  },
});

// The front door: HTTP in, commands and questions on the buses.
await runProgram('api', async (session, stopping) => {
  const { settings, logger } = session;
  const app = await createApi(
    logger,
    ...portsOf(session),
    { provide: VIEW_GATE, useValue: gateOver(session) },
    { provide: CONDITION, useValue: conditionOf(session) },
    { provide: LOCALE, useValue: settings.locale },
  );
  const days = followDays(session, stopping);
  await listen(settings.port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    logger.warn(`port ${settings.port} is taken: another one is used`);
    return listen(0);
  });
  const url = await app.getUrl();
  logger.info({ url }, 'the API listens');
  process.send?.({ url });
  return async () => {
    await app.close();
    await days;
  };

  function listen(port: number) {
    return app.listen(port, settings.host);
  }
});
