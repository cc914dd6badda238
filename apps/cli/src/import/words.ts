import { fill, type Words } from '#kernel';
import type { Language } from '../words.js';

const en = {
  'file-missing': 'There is no file {file}.',
  'file-is-folder': '{file} is a folder: name the file in it.',
  'file-unreadable': '{file} cannot be read: {reason}.',
  'file-empty': '{file} is empty.',
  'header-only': '{file} has a header and no row.',
  'utf-16': '{file} is written in UTF-16. Save it as UTF-8 (in Excel: "CSV UTF-8") and import it again.',
  'not-utf-8':
    '{file} is not UTF-8: what follows byte {byte} makes no sense in it. Save it as UTF-8 (in Excel: "CSV UTF-8") and import it again.',
  'not-text': '{file} is no text: its first line holds NUL bytes. Is it UTF-16, or no CSV at all?',
  'wrong-delimiter':
    'The columns of {file} are parted by {found}, the mapping says {expected}. Set "delimiter" in the mapping.',
  'column-missing': '{file} lacks the column {column}. It has: {columns}.',
  'column-twice': '{file} has the column {column} twice.',
  quotes:
    '{file}: the quotes behind row {row} do not pair up (line {line}). Nothing behind it was read. Repair it and import again: what is recorded stays.',
  'line-too-long': '{file} has a line of more than {most} characters: it is no file of JSON objects, one a line.',
  'mapping-missing':
    'There is no mapping {name}: name a JSON or YAML file, or one of those that ship here ({shipped}).',
  'mapping-unreadable': 'The mapping {name} cannot be read: {reason}',
  'mapping-wrong': 'The mapping {name} does not fit:\n{faults}',
  'currency-differs':
    'The file is in {currency}, this company reckons in {company}, and no exchange rate is published for {currency}. Begin the log with TOUCHLINE_CURRENCY={currency}, or publish the rate: touchline policies publish fx {currency} <file>.',
  'rejected-unwritable': 'The rejected rows cannot be written to {file}: {reason}.',
  'store-lost':
    'The event store cannot be reached: {reason}. {recorded} rows are recorded; import the same file again to go on.',
  ragged: 'has {found} cells where the header has {expected}',
  nul: 'holds NUL bytes',
  'identity-empty': 'its identity, column {column}, is empty',
  'identity-too-long': 'its identity, column {column}, is longer than {most} characters',
  'not-a-date': 'column {column} is no date like {format}',
  'time-left-out': 'column {column} holds a time that the clocks of {zone} jumped over (time-left-out)',
  'time-twice':
    'column {column} holds a time that came twice in {zone} (time-twice): say "twice: first" or "twice: second" in the mapping',
  'in-the-future': 'lies in the future of the business clock',
  'not-an-amount': 'column {column} is no amount in {currency}',
  'not-a-number': 'column {column} is no number',
  'not-a-whole-number': 'column {column} is no whole number',
  backwards: 'its date {date} lies before what is said to the same stream earlier',
  'no-word': 'column {column} holds something the mapping has no word for',
  'no-command': 'the mapping makes nothing of it',
  'not-json': 'is no JSON object of plain values',
  misfit: '{command}: {detail}',
  refused: 'refused: {code}',
  changed: 'changed since it was imported; what is recorded stays',
  progress: '{percent} % · {read} rows · {perSecond} a second · {left} left',
  'summary-read': 'Read {read} rows in {seconds} s: {recorded} recorded ({facts} facts), {already} already there.',
  'summary-rehearsed':
    'Checked {read} rows in {seconds} s: {recorded} would be recorded ({facts} facts), {already} are already there. Nothing was recorded.',
  'summary-rejected':
    '{rejected} rejected, {changed} changed since: they are in {rejectedFile}, each with its reason. The first: {firstReason}',
  interrupted: 'Stopped. Import the same file again to go on where this ended.',
  'explain-row': 'Row {row} · {identity} · {occurredAt}',
  'explain-misfit': 'Row {row} does not fit: {reason}',
} as const;

const zh: Record<keyof typeof en, string> = {
  'file-missing': '没有文件 {file}。',
  'file-is-folder': '{file} 是文件夹：请指明其中的文件。',
  'file-unreadable': '无法读取 {file}：{reason}。',
  'file-empty': '{file} 是空文件。',
  'header-only': '{file} 只有表头，没有数据行。',
  'utf-16': '{file} 是 UTF-16 编码。请另存为 UTF-8（Excel 中选“CSV UTF-8”）后重新导入。',
  'not-utf-8':
    '{file} 不是 UTF-8 编码：第 {byte} 字节之后无法识别。请另存为 UTF-8（Excel 中选“CSV UTF-8”）后重新导入。',
  'not-text': '{file} 不是文本：首行含有 NUL 字节。它是 UTF-16 编码，还是根本不是 CSV？',
  'wrong-delimiter': '{file} 以 {found} 分隔各列，映射中写的是 {expected}。请修改映射中的 "delimiter"。',
  'column-missing': '{file} 缺少列 {column}。现有列：{columns}。',
  'column-twice': '{file} 中列 {column} 出现了两次。',
  quotes:
    '{file}：第 {row} 行数据之后的引号不成对（文件第 {line} 行）。其后的内容未读取。修复后重新导入即可，已记录的保留不变。',
  'line-too-long': '{file} 中有超过 {most} 个字符的行：它不是每行一个 JSON 对象的文件。',
  'mapping-missing': '没有映射 {name}：请给出 JSON 或 YAML 文件，或使用自带的映射（{shipped}）。',
  'mapping-unreadable': '无法读取映射 {name}：{reason}',
  'mapping-wrong': '映射 {name} 不符合要求：\n{faults}',
  'currency-differs':
    '文件币种为 {currency}，公司记账币种为 {company}，且未发布 {currency} 的汇率。请以 TOUCHLINE_CURRENCY={currency} 新建日志，或发布汇率：touchline policies publish fx {currency} <文件>。',
  'rejected-unwritable': '无法将被拒绝的行写入 {file}：{reason}。',
  'store-lost': '无法连接事件存储：{reason}。已记录 {recorded} 行；重新导入同一文件即可继续。',
  ragged: '有 {found} 个单元格，而表头有 {expected} 个',
  nul: '含有 NUL 字节',
  'identity-empty': '标识列 {column} 为空',
  'identity-too-long': '标识列 {column} 超过 {most} 个字符',
  'not-a-date': '列 {column} 不是形如 {format} 的日期',
  'time-left-out': '列 {column} 的时间在 {zone} 因时钟拨快而不存在（time-left-out）',
  'time-twice':
    '列 {column} 的时间在 {zone} 因时钟拨慢而出现两次（time-twice）：请在映射中写明 "twice: first" 或 "twice: second"',
  'in-the-future': '晚于业务时钟的当前时间',
  'not-an-amount': '列 {column} 不是 {currency} 金额',
  'not-a-number': '列 {column} 不是数字',
  'not-a-whole-number': '列 {column} 不是整数',
  backwards: '日期 {date} 早于同一行此前对同一对象所述的时间',
  'no-word': '映射中没有列 {column} 该值对应的词',
  'no-command': '映射未将其转为任何命令',
  'not-json': '不是由简单值组成的 JSON 对象',
  misfit: '{command}：{detail}',
  refused: '被拒绝：{code}',
  changed: '导入之后有改动；已记录的保留不变',
  progress: '{percent} % · {read} 行 · 每秒 {perSecond} 行 · 剩余 {left}',
  'summary-read': '用时 {seconds} 秒读取 {read} 行：记录 {recorded} 行（{facts} 条事实），{already} 行此前已有。',
  'summary-rehearsed':
    '用时 {seconds} 秒检查 {read} 行：将记录 {recorded} 行（{facts} 条事实），{already} 行此前已有。未记录任何内容。',
  'summary-rejected':
    '拒绝 {rejected} 行，{changed} 行导入后有改动：见 {rejectedFile}，每行附原因。第一条：{firstReason}',
  interrupted: '已停止。重新导入同一文件即可从此处继续。',
  'explain-row': '第 {row} 行 · {identity} · {occurredAt}',
  'explain-misfit': '第 {row} 行不符合要求：{reason}',
};

export const words = { en, zh } satisfies Words;

/** A sentence to be said in the reader's language: its key, and what fills its blanks. */
export type Sentence = Readonly<{ key: keyof typeof en; params: Readonly<Record<string, string | number>> }>;

export const sentence = (key: Sentence['key'], params: Sentence['params'] = {}): Sentence => ({ key, params });

export const inLanguage = (lang: Language, { key, params }: Sentence): string => fill(words[lang][key], params);

/** The import cannot begin or go on; nothing behind this place was recorded. */
export class ImportProblem extends Error {
  readonly sentence: Sentence;

  constructor(key: Sentence['key'], params: Sentence['params'] = {}) {
    super(fill(en[key], params));
    this.sentence = { key, params };
  }
}
