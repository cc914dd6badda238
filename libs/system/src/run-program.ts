import { isEcho } from '#event-store';
import { CannotOpenKeys } from '#privacy';
import { CannotStartStore } from './event-store-process.js';
import { withoutSecrets } from './log-lines.js';
import { type Logger, loggerFor } from './logger.js';
import { CannotOpenLog } from './open-log.js';
import { CannotReadRoles } from './roles-in-force.js';
import { CannotReachStores, leaveStores, openSession, type Session } from './session.js';
import { readSettings, WrongSettings } from './settings.js';

/** A message for a person, not a stack for a developer. */
export const isPlain = (error: unknown): error is Error =>
  [WrongSettings, CannotOpenKeys, CannotOpenLog, CannotStartStore, CannotReachStores, CannotReadRoles].some(
    (kind) => error instanceof kind,
  );

/**
 * The life of a process of ours: settings, session, work until it is told to stop (a signal, or its parent gone), and a
 * clean end. Anything nobody caught ends the process: whoever watches it starts it anew.
 */
export const runProgram = async (
  name: string,
  work: (session: Session, stopping: AbortSignal) => Promise<() => Promise<void>>,
): Promise<void> => {
  let logger: Logger = loggerFor(name, 'info');
  const stopping = new AbortController();
  const fail = (error: unknown) => {
    if (isPlain(error)) process.stderr.write(`${withoutSecrets(error.message)}\n`);
    else logger.fatal({ err: error }, 'ended by an error');
    process.exit(1);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', (error) => {
    if (isEcho(error)) logger.warn({ err: error }, 'a connection to the event store broke off');
    else fail(error);
  });
  // Nothing is under way yet: whoever is orphaned while it starts just goes.
  const leave = () => process.exit(0);
  const ends = ['SIGINT', 'SIGTERM', 'disconnect'] as const;
  for (const end of ends) process.on(end, leave);
  const settings = readSettings(process.env);
  logger = loggerFor(name, settings.log);
  const session = await openSession(settings, logger);
  const end = await work(session, stopping.signal);
  const stop = async () => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    await end();
    await session.close();
    await leaveStores(session.stores);
    process.exit(0);
  };
  for (const end of ends) process.off(end, leave).on(end, stop);
};
