import { writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { verbOf } from '../help.js';
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

/** Adds the verb `backtest` to the command line. Needs no store. */
export function registerBacktest(program: Command): void {
  const verb = verbOf(program, 'backtest', [
    'fit the purchase models on a file of purchases up to a day and judge them on what followed',
    '用某日之前的购买记录拟合模型，并以其后的事实检验',
  ]);
  verb.option(
    '--file <purchases.csv>',
    [
      'purchases, one a row: CSV with comma, semicolon, tab or spaces',
      '购买记录，每行一笔：以逗号、分号、制表符或空格分隔',
    ],
    (option) => option.makeOptionMandatory(),
  );
  verb.option(
    '--columns <id,date,amount>',
    [
      'names or 1-based positions of customer, date, amount, cancelled',
      '客户、日期、金额、取消标记各列的名称或序号（从 1 起）',
    ],
    (option) => option.argParser((text: string) => text.split(',').map((column) => column.trim())),
  );
  verb.option(
    '--at <date>',
    ['the first day to be judged; everything before it is known', '检验的第一天；在此之前的一切视为已知'],
    (option) => option.makeOptionMandatory().argParser(dayFrom),
  );
  verb.option('--horizon <weeks>', ['how many weeks to look ahead', '向前看多少周'], (option) =>
    option.makeOptionMandatory().argParser(weeksFrom),
  );
  verb.option('--dates <mdy|dmy>', ['the order of dates such as 03/04/2011', '03/04/2011 一类日期的顺序'], (option) =>
    option.argParser(orderFrom),
  );
  verb.option('--seed <number>', ['settles the folds of the cross-validation', '确定交叉验证的分组'], (option) =>
    option.argParser(seedFrom).default(1),
  );
  verb.option('--report <out.html>', ['write a page with charts, in English and Chinese', '输出带图表的中英文页面']);
  verb.example(
    'touchline backtest --file samples/cdnow/CDNOW_sample.txt --at 1997-10-01 --horizon 39 --report report.html',
    'touchline backtest --file purchases.csv --columns customer,when,paid --at 2025-01-01 --horizon 26 --json',
  );
  verb.command.action((_: Options, command: Command) => run(command.optsWithGlobals<Options>()));
}
