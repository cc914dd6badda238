import { CommanderError } from 'commander';
import { isEcho } from '#event-store';
import { touchline } from './program.js';
import { DONE, WRONG_USAGE } from './verb.js';
import { languageOf } from './words.js';

/** The help speaks it too, so it must be known before anything is read. */
const languageAsked = (words: readonly string[]): string | undefined => {
  const joined = words.find((word) => word.startsWith('--lang='));
  if (joined) return joined.slice('--lang='.length);
  const at = words.indexOf('--lang');
  return at < 0 ? undefined : words[at + 1];
};

// Who reads no further, such as `head`, has what they wanted; a verb hears of it and ends.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.on('unhandledRejection', (error) => {
  if (!isEcho(error)) throw error;
});

try {
  await touchline(languageOf(languageAsked(process.argv.slice(2)))).parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? DONE : WRONG_USAGE;
}
