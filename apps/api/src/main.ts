import { once } from 'node:events';
import { createServer } from 'node:net';
import { followDays, keepViews, portsOf, runProgram } from '#system';
import { createApi } from './create-api.js';
import { doorPortsOf } from './door-ports.js';

/** Asked first, because Nest would print a stack trace where a sentence will do. */
const isFree = async (port: number, host: string): Promise<boolean> => {
  const trial = createServer();
  try {
    trial.listen(port, host);
    await once(trial, 'listening');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  } finally {
    trial.close();
  }
};

// The front door: HTTP in, commands and questions on the buses; in a system of one process the night shift too.
await runProgram('api', async (session, stopping) => {
  const { settings, logger } = session;
  const app = await createApi(logger, ...portsOf(session), ...doorPortsOf(session));
  const isAlone = settings.processes === 'one';
  const days = isAlone ? undefined : followDays(session, stopping);
  const leaveViews = isAlone ? await keepViews(session, stopping) : undefined;
  const port = (await isFree(settings.port, settings.host)) ? settings.port : 0;
  if (port !== settings.port) logger.warn(`port ${settings.port} is taken: another one is used`);
  await app.listen(port, settings.host);
  const url = await app.getUrl();
  logger.info({ url }, 'the API listens');
  process.send?.({ url });
  return async () => {
    await app.close();
    await Promise.all([days, leaveViews?.()]);
  };
});
