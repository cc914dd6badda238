import { type Logger, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';

export type { Logger };

/** JSON lines on stderr; readable when it is a terminal. */
export const loggerFor = (name: string, level: string): Logger => {
  const sink = process.stderr.isTTY
    ? PinoPretty({ destination: 2, sync: true, ignore: 'pid,hostname' })
    : pino.destination({ dest: 2, sync: true });
  return pino({ name, level, base: { name }, timestamp: pino.stdTimeFunctions.isoTime }, sink);
};
