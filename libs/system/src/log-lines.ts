/** An error as the log may hold it. */
export type Cause = Readonly<{ type: string; code?: string; message: string; stack?: string; cause?: Cause }>;

/**
 * Of an error only this is written down. PostgreSQL's carry the row in `detail`, `where` and often the message: of
 * those its own names remain, the five-letter state and where in its source it arose.
 */
export const causeOf = (error: unknown): Cause => {
  if (!(error instanceof Error)) return { type: typeof error, message: withoutValues(String(error)) };
  const { code, cause } = error as Error & { code?: unknown };
  return {
    type: error.name,
    ...(code !== undefined && { code: String(code) }),
    ...(isDatabaseError(error) ? { message: ofDatabase(error) } : spoken(error)),
    ...(cause !== undefined && { cause: causeOf(cause) }),
  };
};

type DatabaseError = Error & Readonly<Record<'code' | 'routine', string> & { table?: string; constraint?: string }>;

const isDatabaseError = (error: Error): error is DatabaseError => 'severity' in error && 'routine' in error;

const ofDatabase = ({ code, routine, table, constraint }: DatabaseError) =>
  ['PostgreSQL', code, routine, table, constraint].filter(Boolean).join(' ');

/** The stack repeats the message above its first line. */
const spoken = ({ message, stack }: Error) => {
  const lines = stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return { message: withoutValues(message), ...(lines && { stack: lines.join('\n') }) };
};

/** Without passwords in addresses and without tokens. */
export const withoutSecrets = (text: string): string =>
  text
    .replace(/([a-z][\w+.-]*:\/\/)[^\s/@"']+@/gi, '$1…@')
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]+/gi, '$1 …')
    .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '…');

/** Nor what stands from the first quote to the last: there messages put the value that they complain of, quotes and all. */
export const withoutValues = (text: string): string => withoutSecrets(text).replace(/".*"|".*$/s, '"…"');
