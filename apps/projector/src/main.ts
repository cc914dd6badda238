import { engineOver, keepDays, openCore, react, runProgram } from '#system';

// The night shift: keeps the views true to the log, does what reactions ask for, and closes the days.
await runProgram('projector', async (session, stopping) => {
  const engine = engineOver(session);
  const core = await openCore(session);
  await engine.start();
  const work = Promise.all([keepDays(session, stopping), react(session, core.decide, stopping)]);
  return async () => {
    await work;
    await engine.stop();
    await core.close();
  };
});
