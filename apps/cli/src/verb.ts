import { isDeepStrictEqual } from 'node:util';
import { type Command, InvalidArgumentError } from 'commander';
import type { Asking, RolesPolicy } from '#access';
import { Unavailable } from '#application';
import {
  causeOf,
  isPlain,
  type Logger,
  leaveStores,
  loggerFor,
  openSession,
  readSettings,
  rolesKnownTo,
  type Session,
  type Settings,
  WrongSettings,
  withoutSecrets,
} from '#system';
import { DONE, Ended, NO_STORE, REFUSED, WRONG_USAGE } from './ended.js';
import { askingFor } from './who.js';
import { type Language, languageOf, type Phrase, phraseIn } from './words.js';

export { DONE, Ended, NO_STORE, REFUSED, WRONG_USAGE };

/** What every verb is given besides its own words. */
export type Hands = Readonly<{
  /** Who runs it, and what they may see: by the roles as this folder knows them, and from `judge` on as the log says. */
  who: Asking;
  /** Asks again whether they may, where the roles are others. Throws `Ended` when they may not. */
  judge: (policy: RolesPolicy) => Promise<void>;
  settings: Settings;
  logger: Logger;
  lang: Language;
  /** A sentence, said in both languages. */
  phrase: Phrase;
  json: boolean;
  /** Ends when the person presses Ctrl-C. */
  interrupted: AbortSignal;
  /** Prints a line, or with `--json` nothing. */
  say: (text: string) => void;
  /** With `--json` prints one object a line. */
  tell: (object: object) => void;
}>;

type Env = Readonly<Record<string, string | undefined>>;

/** Runs a verb: settings, Ctrl-C, errors in words, exit code. `preset` stands where the environment says nothing. */
export const run = async (
  command: Command,
  work: (hands: Hands) => Promise<number | undefined>,
  preset: Env | ((env: Env) => Env) = {},
) => {
  const { lang, json = false } = command.optsWithGlobals();
  const phrase = phraseIn(languageOf(lang));
  const interrupted = listenForEnd();
  try {
    const settings = readSettings(typeof preset === 'function' ? preset(process.env) : { ...preset, ...process.env });
    const say = (text: string) => void (json || process.stdout.write(`${text}\n`));
    const tell = (object: object) => void (json && process.stdout.write(`${JSON.stringify(object, bigintsAsText)}\n`));
    const logger = loggerFor('touchline', process.env.TOUCHLINE_LOG ? settings.log : 'warn');
    const told = { settings, logger, lang: languageOf(lang), phrase, json, interrupted, say, tell };
    process.exitCode = (await work(await handsOf(actionOf(command), told))) ?? DONE;
  } catch (error) {
    process.exitCode = codeOf(error);
    process.stderr.write(`${withoutSecrets(inWordsFor(phrase, error))}\n`);
  }
};

const handsOf = async (action: string, told: Omit<Hands, 'who' | 'judge'>): Promise<Hands> => {
  let known = await rolesKnownTo(told.settings);
  let who = await askingFor(action, known, told);
  const judge = async (policy: RolesPolicy) => {
    if (isDeepStrictEqual(policy.body, known.body)) return;
    who = await askingFor(action, policy, told);
    known = policy;
  };
  return Object.freeze({
    ...told,
    judge,
    get who() {
      return who;
    },
  });
};

/** A verb as the roles policy knows it: `cli:demo advance`. */
export const actionOf = (command: Command): string => {
  const above = command.parent?.parent ? actionOf(command.parent) : 'cli:';
  return above === 'cli:' ? `cli:${command.name()}` : `${above} ${command.name()}`;
};

/** The first Ctrl-C asks the verb to come to an end, the second ends it. */
const listenForEnd = (): AbortSignal => {
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (interrupt.signal.aborted) process.exit(130);
      interrupt.abort();
    });
  }
  // Who reads no further, such as `head`, has what they wanted.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') interrupt.abort();
  });
  return interrupt.signal;
};

const inWordsFor = (phrase: Phrase, error: unknown): string => {
  if (error instanceof Unavailable) {
    const { message } = error;
    return phrase(
      `The event store does not answer (${message}): is it running, and is EVENTSTORE_URL right?`,
      `事件存储没有应答（${message}）：它在运行吗？EVENTSTORE_URL 是否正确？`,
    );
  }
  if (error instanceof Error && error.name === 'AbortError') return phrase('Stopped.', '已停止。');
  const isOurs = error instanceof Ended || error instanceof InvalidArgumentError || isPlain(error);
  if (isOurs) return error.message;
  const { type, message, stack = '' } = causeOf(error);
  return `${type}: ${message}\n${stack}`;
};

/** Opens both stores for the verb, starting them where they do not run, and leaves them as they were. */
export const withSession = async <T>(
  { settings, logger, judge }: Hands,
  work: (session: Session) => Promise<T>,
): Promise<T> => {
  const session = await openSession(settings, logger);
  try {
    await judge(session.access.policy);
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

export const bigintsAsText = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
