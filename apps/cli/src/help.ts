import { Command, Option } from 'commander';
import { inWords, type Language } from './words.js';

type Both = readonly [en: string, zh: string];
/** A verb in the reader's language. */
export type Verb = Readonly<{
  command: Command;
  option: (flags: string, said: Both, more?: (option: Option) => Option) => void;
  example: (...lines: readonly string[]) => void;
  note: (...said: Both) => void;
}>;

const languages = new WeakMap<Command, Language>();
const languageIn = (command: Command): Language =>
  languages.get(command) ?? (command.parent ? languageIn(command.parent) : 'en');

/** The program itself, before it has verbs. */
export const programIn = (lang: Language): Command => {
  const program = new Command('touchline');
  languages.set(program, lang);
  const say = (...said: Both) => inWords(lang, ...said);
  program
    .description(
      say('Customer relationships as facts: every touchpoint is kept.', '以事实记录客户关系：每个触点都被保存。'),
    )
    .option('--lang <lang>', say('en or zh; else as LANG says', 'en 或 zh；默认依 LANG'))
    .option('--json', say('print JSON, one object a line', '输出 JSON，每行一个对象'))
    .helpOption('-h, --help', say('explain', '显示说明'))
    .helpCommand('help [verb]', say('explain a verb', '显示某个动词的说明'))
    .configureHelp({ showGlobalOptions: true, styleTitle: (title) => say(title, TITLES[title] ?? title) })
    .configureOutput({ outputError: (text, write) => write(lang === 'zh' ? faultInChinese(text) : text) })
    .showHelpAfterError(say('(touchline --help explains)', '（touchline --help 查看说明）'))
    .exitOverride();
  return program;
};

const TITLES: Readonly<Record<string, string>> = {
  'Usage:': '用法：',
  'Arguments:': '参数：',
  'Options:': '选项：',
  'Global Options:': '全局选项：',
  'Commands:': '动词：',
};

/** What commander says of wrong usage. */
const FAULTS: readonly (readonly [RegExp, string])[] = [
  [/^error: unknown command '(.*)'/m, '错误：没有动词“$1”'],
  [/^error: unknown option '(.*)'/m, '错误：没有选项“$1”'],
  [/^error: missing required argument '(.*)'/m, '错误：缺少参数“$1”'],
  [/^error: required option '(.*)' not specified/m, '错误：必须给出选项“$1”'],
  [/^error: option '(.*)' argument missing/m, '错误：选项“$1”缺少值'],
  [/^error: option '(.*)' argument '(.*)' is invalid\. ?/m, '错误：选项“$1”的值“$2”无效。'],
  [/^error: command-argument value '(.*)' is invalid for argument '(.*)'\. ?/m, '错误：参数“$2”的值“$1”无效。'],
  [/^error: too many arguments.*$/m, '错误：参数过多'],
  [/\(Did you mean (one of )?(.*)\?\)/m, '（是否想用 $2？）'],
];
const faultInChinese = (text: string): string =>
  FAULTS.reduce((said, [pattern, instead]) => said.replace(pattern, instead), text);

/** Adds a verb; `name` as commander has it, such as `rebuild [view...]`. */
export const verbOf = (parent: Command, name: string, said: Both): Verb => {
  const lang = languageIn(parent);
  const command = parent.command(name).description(inWords(lang, ...said));
  const note = (...text: Both) => void command.addHelpText('after', `\n${inWords(lang, ...text)}`);
  return {
    command,
    note,
    option: (flags, about, more = (option) => option) => {
      command.addOption(more(new Option(flags, inWords(lang, ...about))));
    },
    example: (...lines) => note(`Example:\n  ${lines.join('\n  ')}`, `示例：\n  ${lines.join('\n  ')}`),
  };
};
