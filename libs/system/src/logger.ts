import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';
import { causeOf, withoutSecrets, withoutValues } from './log-lines.js';

export type { Logger };

/** JSON lines on stderr; readable when it is a terminal. */
export const loggerFor = (name: string, level: string): Logger => loggerTo(stderr(), name, level);

/** To anywhere: no line holds a password, a token, or a value that somebody sent. */
export const loggerTo = (sink: DestinationStream, name: string, level: string): Logger =>
  pino(
    {
      name,
      level,
      base: { name },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: [...SECRET, ...SECRET.map((path) => `*.${path}`)], censor: '…' },
      serializers: { err: causeOf, error: (text: unknown) => withoutValues(String(text)) },
      hooks: {
        logMethod(words, write) {
          write.apply(this, safely(words) as typeof words);
        },
      },
    },
    sink,
  );

/** Where nothing is said beside an error, pino would say the error's own message, as it is. */
const safely = ([first, ...more]: readonly unknown[]): readonly unknown[] => {
  const subject = first instanceof Error ? { err: first } : first;
  const err = Reflect.get(Object(subject), 'err');
  const said = more.length === 0 && err !== undefined ? [causeOf(err).message] : more;
  return [subject, ...said].map((word) => (typeof word === 'string' ? withoutSecrets(word) : word));
};

const SECRET = [
  'authorization',
  'cookie',
  '["set-cookie"]',
  '["x-api-key"]',
  'headers',
  'password',
  'token',
  'secret',
  'DATABASE_URL',
  'EVENTSTORE_URL',
  'TOUCHLINE_MASTER_KEY',
];

const stderr = () =>
  process.stderr.isTTY
    ? PinoPretty({ destination: 2, sync: true, ignore: 'pid,hostname' })
    : pino.destination({ dest: 2, sync: true });

/** What the framework has to say goes the same way; what it tells of its own start stays unsaid. */
export const nestLogger = (logger: Logger): LoggerService => {
  const said = (word: unknown) => (word instanceof Error ? { err: word } : { said: withoutValues(String(word)) });
  return {
    log: () => undefined,
    warn: (word: unknown) => logger.warn(said(word)),
    error: (word: unknown) => logger.error(said(word)),
    fatal: (word: unknown) => logger.fatal(said(word)),
  };
};
