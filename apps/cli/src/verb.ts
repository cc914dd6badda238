import { type Command, InvalidArgumentError } from 'commander';
import { Unavailable } from '#application';
import {
  isPlain,
  type Logger,
  leaveStores,
  loggerFor,
  openSession,
  readSettings,
  type Session,
  type Settings,
  WrongSettings,
} from '#system';
import { type Language, languageOf } from './words.js';

/** What a verb ends with. */
export const DONE = 0;
export const REFUSED = 1;
export const WRONG_USAGE = 2;
export const NO_STORE = 3;

/** The answer is no, in words for who asked. Ends the verb with that code. */
export class Ended extends Error {
  constructor(
    message: string,
    readonly code: number = REFUSED,
  ) {
    super(message);
  }
}

/** What every verb is given besides its own words. */
export type Hands = Readonly<{
  settings: Settings;
  logger: Logger;
  lang: Language;
  json: boolean;
  /** Ends when the person presses Ctrl-C. */
  interrupted: AbortSignal;
  /** Prints a line, or with `--json` nothing. */
  say: (text: string) => void;
  /** With `--json` prints one object a line. */
  tell: (object: object) => void;
}>;

/** Runs a verb: settings, Ctrl-C, errors in words, exit code. */
export const run = async (
  command: Command,
  work: (hands: Hands) => Promise<number | undefined>,
  preset: NodeJS.ProcessEnv = {},
) => {
  const { lang, json = false } = command.optsWithGlobals();
  const interrupt = new AbortController();
  process.on('SIGINT', () => interrupt.abort());
  process.on('SIGTERM', () => interrupt.abort());
  try {
    const settings = readSettings({ ...preset, ...process.env });
    const say = (text: string) => void (json || process.stdout.write(`${text}\n`));
    const tell = (object: object) => void (json && process.stdout.write(`${JSON.stringify(object, bigintsAsText)}\n`));
    const level = process.env['TOUCHLINE_LOG'] ? settings.log : 'warn';
    const hands = {
      settings,
      logger: loggerFor('touchline', level),
      lang: languageOf(lang),
      json,
      interrupted: interrupt.signal,
      say,
      tell,
    };
    process.exitCode = (await work(hands)) ?? DONE;
  } catch (error) {
    process.exitCode = codeOf(error);
    const isOurs =
      error instanceof Ended || error instanceof Unavailable || error instanceof InvalidArgumentError || isPlain(error);
    process.stderr.write(`${isOurs ? (error as Error).message : String((error as Error).stack ?? error)}\n`);
  }
};

/** Opens both stores for the verb, starting them where they do not run, and leaves them as they were. */
export const withSession = async <T>(
  { settings, logger }: Hands,
  work: (session: Session) => Promise<T>,
): Promise<T> => {
  const session = await openSession(settings, logger);
  try {
    return await work(session);
  } finally {
    await session.close();
    await leaveStores(session.stores);
  }
};

const codeOf = (error: unknown): number => {
  if (error instanceof Ended) return error.code;
  if (error instanceof WrongSettings || error instanceof InvalidArgumentError) return WRONG_USAGE;
  return isPlain(error) || error instanceof Unavailable || isConnectionRefused(error) ? NO_STORE : REFUSED;
};

const isConnectionRefused = (error: unknown) =>
  ['ECONNREFUSED', 'ENOENT', 'EACCES', 'EROFS'].includes(String(Reflect.get(Object(error), 'code')));

const bigintsAsText = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
