import { type Command, InvalidArgumentError, type Option } from 'commander';
import { Unavailable } from '#application';
import { verbOf } from '../help.js';
import { displayOn } from '../progress.js';
import { DONE, Ended, type Hands, NO_STORE, REFUSED, run, WRONG_USAGE } from '../verb.js';
import { explain, explainedText } from './explain.js';
import { assertReadable, importFile, type Progress, type Summary } from './import-file.js';
import type { Mapping } from './mapping.js';
import { loadMapping } from './mapping-file.js';
import { overBothStores, type WithDesk } from './open-desk.js';
import { progressLine } from './progress.js';
import { ImportProblem, inLanguage, type Sentence, sentence } from './words.js';

type Options = Readonly<{ as: string; explain?: boolean; dryRun?: boolean; rows: number; inFlight: number }>;

/** `import <file> --as <mapping>`: history from a file, with its own dates. */
export const registerImport = (program: Command, withDesk: WithDesk = overBothStores): void => {
  const verb = verbOf(program, 'import <file>', [
    'history from a CSV or NDJSON file, with its own dates',
    '从 CSV 或 NDJSON 文件导入历史，保留原有日期',
  ]);
  const number = (preset: number) => (option: Option) => option.argParser(wholeNumber).default(preset);
  verb.option(
    '--as <mapping>',
    [
      'a mapping that ships (online-retail, hotel-bookings), or a JSON or YAML file',
      '自带的映射（online-retail、hotel-bookings），或 JSON、YAML 文件',
    ],
    (option) => option.makeOptionMandatory(),
  );
  verb.option('--explain', ['print what the first rows would become', '显示前几行将成为什么']);
  verb.option('--rows <n>', ['rows to explain', '要说明的行数'], number(3));
  verb.option('--dry-run', ['decide on every row, and record nothing', '检查每一行，不做记录']);
  verb.option('--in-flight <n>', ['rows under way at once', '同时处理的行数'], number(64));
  verb.example('touchline import samples/online-retail/online_retail_invoices.csv --as online-retail --explain');
  verb.note(
    'What is recorded is never recorded again: after an interruption import the same file again.\nRows that do not fit go to <file>.rejected.csv, each with its reason.',
    '已记录的不会再次记录：中断后重新导入同一文件即可。\n不符合要求的行写入 <文件>.rejected.csv，每行附原因。',
  );
  verb.command.action((file: string, options: Options) =>
    run(verb.command, (hands) => inWords(hands, () => ask(hands, withDesk, file, options))),
  );
};

const wholeNumber = (text: string): number => {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('1 … 9999');
  return Number(text);
};

const inWords = async ({ lang }: Hands, work: () => Promise<number>): Promise<number> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ImportProblem) throw new Ended(inLanguage(lang, error.sentence), WRONG_USAGE);
    throw error;
  }
};

const ask = async (hands: Hands, withDesk: WithDesk, file: string, options: Options): Promise<number> => {
  const mapping = loadMapping(options.as);
  if (options.explain) return explainTo(hands, file, mapping, options.rows);
  await assertReadable(file, mapping);
  const { dryRun: isRehearsal = false, inFlight } = options;
  return withDesk(hands, { currency: mapping.currency, isRehearsal }, async (desk) => {
    const summary = await watched(hands, { ...desk, file, mapping, inFlight });
    hands.tell(summary);
    for (const said of sentencesOf(summary, options)) hands.say(inLanguage(hands.lang, said));
    const isWhole = summary.rejected + summary.changed === 0 && !summary.interrupted;
    return isWhole ? DONE : REFUSED;
  });
};

const explainTo = async ({ lang, say, tell }: Hands, file: string, mapping: Mapping, rows: number): Promise<number> => {
  const explained = await explain(file, mapping, { rows, lang });
  tell(explained);
  say(explainedText(explained, lang));
  return explained.some((row) => 'misfit' in row) ? REFUSED : DONE;
};

const watched = async (
  { lang, interrupted: signal }: Hands,
  options: Parameters<typeof importFile>[0],
): Promise<Summary> => {
  const display = displayOn(process.stderr);
  let last: Progress | undefined;
  const onProgress = (progress: Progress) => {
    last = progress;
    display.show(progress.bytes / progress.totalBytes, progressLine(progress, lang));
  };
  try {
    return await importFile({ ...options, lang, signal, onProgress });
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    const lost = sentence('store-lost', { reason: error.message, recorded: last?.recorded ?? 0 });
    throw new Ended(inLanguage(lang, lost), NO_STORE);
  } finally {
    display.end();
  }
};

const sentencesOf = (summary: Summary, { dryRun = false }: Options): readonly Sentence[] => {
  const { read, recorded, facts, already, rejected, changed, rejectedFile, firstReason, interrupted } = summary;
  const counts = { read, recorded, facts, already, seconds: summary.seconds.toFixed(1) };
  return [
    sentence(dryRun ? 'summary-rehearsed' : 'summary-read', counts),
    ...(rejectedFile && firstReason
      ? [sentence('summary-rejected', { rejected, changed, rejectedFile, firstReason })]
      : []),
    ...(interrupted ? [sentence('interrupted')] : []),
  ];
};
