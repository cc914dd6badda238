import type { Command } from 'commander';
import { type CatalogueEntry, fieldsIn, readCatalogue } from '#system';
import { verbOf } from '../help.js';
import { tableOf } from '../tables.js';
import { DONE, Ended, type Hands, run, WRONG_USAGE } from '../verb.js';

/** `catalogue [event]`: every event there is, or all about one. Opens no store. */
export const registerCatalogue = (program: Command): void => {
  const verb = verbOf(program, 'catalogue [event]', [
    'every event: its fields, where it comes from, who hears it',
    '所有事件：字段、来源及接收者',
  ]);
  verb.example('touchline catalogue', 'touchline catalogue BookingPlaced', 'touchline catalogue BookingPlaced --json');
  verb.note('With --json each has its JSON Schema (2020-12).', '使用 --json 时附带 JSON Schema（2020-12）。');
  verb.command.action((type: string | undefined) =>
    run(verb.command, async (hands) => {
      const entries = await readCatalogue();
      return type === undefined ? showAll(hands, entries) : showOne(hands, entries, type);
    }),
  );
};

const showAll = ({ phrase, say, tell, lang }: Hands, entries: readonly CatalogueEntry[]): number => {
  for (const entry of entries) tell({ ...entry, fields: fieldsIn(entry) });
  say(
    tableOf(
      phrase('event|version|stream|what it says|personal', '事件|版本|流|含义|个人数据').split('|'),
      entries.map((entry) => [
        entry.type,
        entry.version,
        entry.stream,
        entry.line?.[lang] ?? entry.meaning,
        fieldsIn(entry)
          .filter(({ personal }) => personal)
          .map(({ name }) => name)
          .join(', '),
      ]),
      { right: [1], widths: [30, null, 24, 50, 30] },
    ),
  );
  return DONE;
};

const showOne = (hands: Hands, entries: readonly CatalogueEntry[], type: string): number => {
  const { phrase, say, tell, lang } = hands;
  const entry = entries.find((one) => one.type.toLowerCase() === type.toLowerCase());
  if (!entry) {
    const like = entries.filter((one) => one.type.toLowerCase().includes(type.toLowerCase())).map((one) => one.type);
    throw new Ended(
      phrase(
        `There is no event ${type}: ${like.length > 0 ? `is it ${like.join(', ')}?` : 'see "touchline catalogue".'}`,
        `没有事件 ${type}：${like.length > 0 ? `是否为 ${like.join('、')}？` : '参见 “touchline catalogue”。'}`,
      ),
      WRONG_USAGE,
    );
  }
  const fields = fieldsIn(entry);
  tell({ ...entry, fields });
  const listed = (names: readonly string[], none: string) => (names.length > 0 ? names.join(', ') : none);
  const nobody = phrase('nobody', '无');
  say(
    [
      `${entry.type} · ${phrase(`version ${entry.version}`, `版本 ${entry.version}`)} · ${entry.stream}`,
      ...(entry.meaning === entry.line?.en ? [] : [entry.meaning]),
      ...(entry.line ? [entry.line[lang]] : []),
      '',
      `${phrase('names', '涉及客户')}: ${listed(entry.roles, nobody)}`,
      `${phrase('comes of', '来自命令')}: ${listed(entry.emittedBy, phrase('the system itself', '系统自身'))}`,
      `${phrase('reactions', '反应')}: ${listed(entry.reactions, nobody)}`,
      `${phrase('views', '视图')}: ${listed(entry.views, nobody)}`,
    ].join('\n'),
  );
  say(
    fields.length === 0
      ? phrase('It has no fields.', '没有字段。')
      : tableOf(
          phrase('field|what it means|form||class|personal', '字段|含义|形式||类别|个人数据').split('|'),
          fields.map(({ name, meaning, form, isOptional, class: fieldClass, personal }) => [
            name,
            meaning,
            form,
            isOptional ? phrase('may be absent', '可缺省') : '',
            fieldClass,
            personal ?? '',
          ]),
          { widths: [28, 50, 28, null, null, null] },
        ),
  );
  say(`${phrase('Example', '示例')}:\n${JSON.stringify(entry.example, null, 2)}`);
  return DONE;
};
