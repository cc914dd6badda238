import { followDays, portsOf, runProgram } from '#system';
import { createApi } from './create-api.js';
import { doorPortsOf } from './door-ports.js';

// The front door: HTTP in, commands and questions on the buses.
await runProgram('api', async (session, stopping) => {
  const { settings, logger } = session;
  const app = await createApi(logger, ...portsOf(session), ...doorPortsOf(session));
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
