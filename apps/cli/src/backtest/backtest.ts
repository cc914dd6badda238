import { writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { inWords, type Language, languageOf } from '../words.js';
import { type DateOrder, parseDay } from './dates.js';
import { backtestInWorker, Cancelled } from './in-worker.js';
import { printed } from './printed.js';
import { progressSign } from './progress.js';
import { reportOf } from './report.js';
import { type BacktestRequest, type Found, Refused } from './request.js';
import { tablesOf } from './tables.js';
import { refusalInWords } from './words.js';

const DAY_MS = 86_400_000;
const REFUSED = 1;
const WRONG_USAGE = 2;
const INTERRUPTED = 130;
const LONGEST_WEEKS = 520;

const MISNAMED: readonly string[] = ['no-such-file', 'no-such-column', 'columns-unclear'];

interface Options {
  readonly file: string;
  readonly columns?: readonly string[];
  readonly at: number;
  readonly horizon: number;
  readonly dates?: DateOrder;
  readonly seed: number;
  readonly report?: string;
  readonly json?: boolean;
  readonly lang?: string;
}

function dayFrom(text: string): number {
  const day = parseDay(text, 'mdy');
  if (day === undefined) throw new InvalidArgumentError('Expected a day such as 1997-10-01.');
  return day;
}

function weeksFrom(text: string): number {
  const weeks = Number(text);
  if (!(weeks > 0 && weeks <= LONGEST_WEEKS))
    throw new InvalidArgumentError('Expected a number of weeks above 0, such as 39.');
  return weeks;
}

function seedFrom(text: string): number {
  const seed = Number(text);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new InvalidArgumentError('Expected a whole number.');
  return seed;
}

function orderFrom(text: string): DateOrder {
  if (text !== 'mdy' && text !== 'dmy') throw new InvalidArgumentError('Expected mdy or dmy.');
  return text;
}

function requestOf({ file, columns, at, horizon, dates, seed }: Options): BacktestRequest {
  return {
    file,
    at,
    horizonWeeks: horizon,
    seed,
    today: Math.floor(Date.now() / DAY_MS),
    ...(columns ? { columns } : {}),
    ...(dates ? { dates } : {}),
  };
}

/** The built file beside this one. */
const SCRIPT = new URL('./backtest-worker.js', import.meta.url);

async function judge(options: Options, lang: Language, signal: AbortSignal): Promise<Found> {
  const sign = progressSign(lang);
  try {
    return await backtestInWorker(requestOf(options), { watch: sign.show, signal, script: SCRIPT });
  } finally {
    sign.stop();
  }
}

async function tell(found: Found, options: Options, lang: Language): Promise<void> {
  if (options.report) await writeFile(options.report, reportOf(found, lang));
  process.stdout.write(options.json ? `${JSON.stringify(printed(found, lang))}\n` : tablesOf(found, lang));
  if (options.report && !options.json) process.stdout.write(`${inWords(lang, 'Report', '报告')}: ${options.report}\n`);
}

/** Runs the verb and settles the exit code: 0 judged (whatever the verdict), 1 refused, 2 a file or column that is not there, 130 interrupted. */
async function run(options: Options): Promise<void> {
  const lang = languageOf(options.lang);
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    await tell(await judge(options, lang, interrupt.signal), options, lang);
  } catch (error) {
    if (error instanceof Refused) {
      process.exitCode = MISNAMED.includes(error.refusal.code) ? WRONG_USAGE : REFUSED;
      process.stderr.write(`${refusalInWords(error.refusal, lang)}\n`);
    } else if (error instanceof Cancelled && interrupt.signal.aborted) {
      process.exitCode = INTERRUPTED;
      process.stderr.write(
        `${inWords(lang, 'Stopped. Nothing was written; run it again.', '已停止。没有写入任何内容；可重新运行。')}\n`,
      );
    } else throw error;
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

const EXAMPLE = `
Example:
  touchline backtest --file samples/cdnow/CDNOW_sample.txt --at 1997-10-01 --horizon 39 --report report.html
  touchline backtest --file purchases.csv --columns customer,when,paid --at 2025-01-01 --horizon 26 --json
`;

/** Adds the verb `backtest` to the command line. Needs no store. */
export function registerBacktest(program: Command): void {
  program
    .command('backtest')
    .description('fit the purchase models on a file of purchases up to a day and judge them on what followed')
    .requiredOption('--file <purchases.csv>', 'purchases, one a row: CSV with comma, semicolon, tab or spaces')
    .option(
      '--columns <id,date,amount>',
      'names or 1-based positions of customer, date, amount, cancelled',
      (text: string) => text.split(',').map((column) => column.trim()),
    )
    .requiredOption('--at <date>', 'the first day to be judged; everything before it is known', dayFrom)
    .requiredOption('--horizon <weeks>', 'how many weeks to look ahead', weeksFrom)
    .option('--dates <mdy|dmy>', 'the order of dates such as 03/04/2011', orderFrom)
    .option('--seed <number>', 'settles the folds of the cross-validation', seedFrom, 1)
    .option('--report <out.html>', 'write a page with charts, in English and Chinese')
    .option('--json', 'print one object')
    .option('--lang <en|zh>', 'language of the words')
    .addHelpText('after', EXAMPLE)
    .action((_: Options, command: Command) => run(command.optsWithGlobals<Options>()));
}
