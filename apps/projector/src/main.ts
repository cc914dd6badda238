import 'reflect-metadata';
import { engineOver, keepDays, runProgram } from '#system';

// The night shift: keeps the views true to the log, and closes the days.
await runProgram('projector', async (session, stopping) => {
  const engine = engineOver(session);
  await engine.start();
  const days = keepDays(session, stopping);
  return async () => {
    await days;
    await engine.stop();
  };
});
