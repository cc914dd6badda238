import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { authorise } from '#access';
import { misfits, type PolicyBook, type Wish } from '#application';
import { inForceAt, KINDS, type PolicyPublished, policy } from '#domain';
import { type Class, isRejection, type Policy, type Rejection, type Command as Saying } from '#kernel';
import { ListPolicies, type PolicyAnswer } from '#read-models';
import { previewOf, type Session } from '#system';
import { dayAndTime } from '../figures.js';
import { verbOf } from '../help.js';
import { wishAtDesk } from '../saying.js';
import { tableOf } from '../tables.js';
import { DONE, Ended, type Hands, run, WRONG_USAGE } from '../verb.js';
import { type Asking, withViews } from '../views.js';
import { listDiffering } from './reconcile.js';

type Options = Readonly<{ from?: string; corrects?: number; reason?: string; schema?: number; clocks?: true }>;
type Wanted = Options & Readonly<{ kind: string; name: string; file: string }>;

const kinds = Object.values(KINDS);

/** `policies list`, `show`, `preview` and `publish`: the rules of the company, in versions. */
export const registerPolicies = (program: Command): void => {
  const all = verbOf(program, 'policies', ['the rules of the company, in versions', '公司的规则及其版本']);
  all.example('touchline policies list', 'touchline policies show calendar.office');

  const list = verbOf(all.command, 'list', ['what is in force now', '列出当前生效的规则']);
  list.example('touchline policies list');
  list.command.action(() => run(list.command, (hands) => withViews(hands, (asking) => showInForce(hands, asking))));

  const show = verbOf(all.command, 'show <policy>', ['every version of one, and its rules', '显示某规则的所有版本']);
  show.example('touchline policies show loyalty.default');
  show.command.action((name: string) =>
    run(show.command, (hands) => withViews(hands, (asking) => showVersions(hands, asking, name))),
  );

  for (const [verb, help] of [
    ['preview', ['what publishing it would change; nothing is recorded', '预览发布后的变化；不做任何记录']],
    ['publish', ['a new version, from a JSON or YAML file', '从 JSON 或 YAML 文件发布新版本']],
  ] as const) {
    const one = verbOf(all.command, `${verb} <kind> <name> <file>`, help);
    one.option('--from <instant>', ['from when; left out: from now', '生效时间；省略则立即生效']);
    one.option('--corrects <version>', ['the version that was wrong, also for the past', '被更正的版本'], (option) =>
      option.argParser(Number),
    );
    one.option('--reason <code>', ['why it was wrong, as a code', '更正原因代码']);
    one.option('--schema <version>', ['the version of the form it is written in', '其格式的版本'], (option) =>
      option.argParser(Number),
    );
    if (verb === 'preview')
      one.option('--clocks', [
        'also which clocks of complaints it would move, past ones too',
        '并列出会改变的客诉时钟，含已停止的',
      ]);
    one.example(`touchline policies ${verb} calendar office hours.yaml --from 2026-12-01T00:00:00.000Z`);
    one.note(`Kinds: ${kinds.join(', ')}.`, `种类：${kinds.join('、')}。`);
    one.command.action((kind: string, name: string, file: string, options: Options) =>
      run(one.command, (hands) =>
        withViews(hands, (asking) => publish(hands, asking, { kind, name, file, ...options }, verb === 'preview')),
      ),
    );
  }
};

const showInForce = async (hands: Hands, { session, ask }: Asking): Promise<number> => {
  const { items } = await ask(ListPolicies, { limit: 500 });
  const now = session.clock.now();
  const inForce = [...new Set(items.map(({ kind, name }) => `${kind}.${name}`))].flatMap((name) => {
    const versions = items.filter((item) => `${item.kind}.${item.name}` === name);
    const found = inForceAt(versions.map(versionOf), now);
    return versions.filter(({ version }) => version === found?.version);
  });
  return table(hands, session, inForce);
};

const showVersions = async (hands: Hands, { session, ask }: Asking, sought: string): Promise<number> => {
  const [kind = '', name = ''] = sought.split(/\.(.*)/s);
  const { items } = await ask(ListPolicies, { kind, name, limit: 500 });
  if (items.length === 0)
    throw new Ended(
      hands.phrase(
        `There is no policy ${sought}: see "touchline policies list".`,
        `没有规则 ${sought}：参见 “touchline policies list”。`,
      ),
    );
  table(hands, session, items);
  for (const { ref, body } of items) hands.say(`${ref}\n${JSON.stringify(body, null, 2)}`);
  return DONE;
};

const table = ({ phrase, say, tell }: Hands, session: Session, items: readonly PolicyAnswer[]): number => {
  for (const item of items) tell(item);
  const zone = session.log.company.zone;
  say(
    tableOf(
      phrase('policy|in force from|published|by|note', '规则|生效时间|发布时间|发布者|备注').split('|'),
      items.map(({ ref, effectiveFrom, publishedAt, actor, corrects, reason, correctedBy }) => [
        ref,
        dayAndTime(effectiveFrom, zone),
        dayAndTime(publishedAt, zone),
        'id' in actor ? `${actor.kind} ${actor.id}` : '',
        [
          ...(corrects === null ? [] : [phrase(`corrects ${corrects} (${reason})`, `更正 ${corrects}（${reason}）`)]),
          ...(correctedBy === null ? [] : [phrase(`corrected by ${correctedBy}`, `已由 ${correctedBy} 更正`)]),
        ].join('; '),
      ]),
    ),
  );
  return DONE;
};

const versionOf = ({ name: id, corrects, reason, ...version }: PolicyAnswer): PolicyPublished => ({
  ...version,
  id,
  ...(corrects !== null && { corrects }),
  ...(reason !== null && { reason }),
});

/** Says what it would change, and says it to the slice unless it is a preview. */
const publish = async (
  hands: Hands,
  { session, core }: Asking,
  wanted: Wanted,
  isPreview: boolean,
): Promise<number> => {
  const { phrase, say, tell } = hands;
  const wish = await wishOf(hands, session, wanted);
  mayPublish(hands, session, wish.commands);
  const foreseen = await previewOf(session, wish);
  if (isRejection(foreseen)) throw refused(hands, wish, foreseen);
  const { ref, effectiveFrom, isNew, changes } = foreseen;
  const isRecorded = isNew && !isPreview;
  if (isRecorded) {
    const answer = await core.decide(wish);
    if (isRejection(answer)) throw refused(hands, wish, answer);
  }
  tell({ ref, effectiveFrom, changes, recorded: isRecorded });
  if (!isNew) say(phrase('It is so already: nothing changes.', '已是如此：没有变化。'));
  else
    say(
      tableOf(
        phrase('where|was|will be', '位置|原为|将为').split('|'),
        changes.map(({ pointer, was, is }) => [pointer, textOf(was), textOf(is)]),
      ),
    );
  if (wanted.clocks) {
    const { body } = (wish.commands[0] as Saying & { data: { body: object } }).data;
    await listDiffering(hands, { ...session, policies: withRule(session.policies, wish.id, { ref, body }) }, false);
  }
  if (isRecorded)
    say(phrase(`Published: ${ref}, in force from ${effectiveFrom}.`, `已发布：${ref}，自 ${effectiveFrom} 起生效。`));
  return DONE;
};

const refused = ({ phrase, tell }: Hands, { id }: Wish, { rejected: code, details }: Rejection): Ended => {
  tell({ policy: id, code, ...(details && { details }) });
  const [en, zh] = REFUSALS[code] ?? ['It is refused.', '已被拒绝。'];
  const where = details?.action === undefined ? code : `${code}, ${details.action}`;
  return new Ended(phrase(`${en} (${where})`, `${zh}（${where}）`));
};

/** The verb is one for all kinds of rules, the right is one for each. */
const mayPublish = ({ phrase, who }: Hands, { access }: Session, commands: Wish['commands']): void => {
  const refused = commands.find(({ type }) => !authorise(access.policy, who.principal, type).allowed);
  if (refused)
    throw new Ended(phrase(`None of your roles may say ${refused.type}.`, `您的角色不能执行 ${refused.type}。`));
};

/** The rules as they would be with this one. */
const withRule = (book: PolicyBook, name: string, rule: Policy): PolicyBook => ({
  effectiveAt: async (sought, instant) => (sought === name ? rule : book.effectiveAt(sought, instant)),
});

/** What to do about a no. */
const REFUSALS: Readonly<Record<string, readonly [en: string, zh: string]>> = {
  'effective-in-the-past': [
    'The past was decided under the rules of then: choose a later --from, or correct the version that was wrong with --corrects and --reason.',
    '过去的决定依据当时的规则：请选择更晚的 --from，或用 --corrects 与 --reason 更正有误的版本。',
  ],
  'versions-overlap': [
    'A version that begins at that time or later is published already: choose a later --from, or correct it with --corrects.',
    '已发布同时或更晚生效的版本：请选择更晚的 --from，或用 --corrects 更正。',
  ],
  'version-unknown': [
    'There is no such version, or it is corrected already: see "touchline policies show".',
    '没有该版本，或已被更正：参见 “touchline policies show”。',
  ],
  'correction-without-reason': [
    'A correction needs a --reason, a code such as typing_error.',
    '更正须有 --reason，例如 typing_error。',
  ],
  'reason-without-correction': [
    '--reason is for a correction: name the version that was wrong with --corrects.',
    '--reason 仅用于更正：请用 --corrects 指明有误的版本。',
  ],
  'calendar-without-working-time': [
    'Nobody would ever work: give at least one day of the week a shift.',
    '没有任何工作时间：一周中至少一天须有班次。',
  ],
  'rate-of-own-currency': [
    'The company reckons in that currency: a rate is of another one.',
    '公司即以该币种记账：汇率须为其他币种。',
  ],
  'calendar-unknown': [
    'It names a calendar that was never published: publish that one first.',
    '其中的日历尚未发布：请先发布该日历。',
  ],
  'holidays-unknown': [
    'It names a list of holidays that was never published: publish that one first.',
    '其中的假日表尚未发布：请先发布该假日表。',
  ],
  'sla-for-nobody': [
    'Promises are for everybody (default), for a tier (tier.vip) or by a contract (contract.acme): nobody would come under that name.',
    '承诺的名称须为 default、tier.<等级> 或 contract.<合同>：该名称不适用于任何人。',
  ],
  'laws-stand-in-default': [
    'Laws hold for everybody: leave "statutory" empty here, and put them into sla.default.',
    '法定时限适用于所有人：此处 statutory 须为空，请写入 sla.default。',
  ],
  'action-unknown': [
    'It lists an action that there is not: see "touchline policies show roles.default" for those there are.',
    '其中列有不存在的操作：可用 “touchline policies show roles.default” 查看现有操作。',
  ],
  'role-unknown': ['An action is given to a role that "roles" does not name.', '某操作授予了 “roles” 中没有的角色。'],
  'locks-everybody-out': [
    'Nobody could publish rules any more: every Publish… action needs a role, and a version must be in force now.',
    '将无人可以发布规则：每个 Publish… 操作须有角色，且现在须有生效的版本。',
  ],
  'anyone-could-publish': [
    'Rules are published by somebody: no Publish… action may be for anyone.',
    '规则须由具名者发布：Publish… 操作不能对任何人开放。',
  ],
  'policy-of-future-schema': [
    'It is written in a form that a later release reads: publish it there.',
    '其格式需更新版本才能读取：请用新版本发布。',
  ],
};

const wishOf = async (hands: Hands, session: Session, wanted: Wanted): Promise<Wish> => {
  const { kind, name, file, from, corrects, reason, schema } = wanted;
  const type = Object.entries(KINDS).find(([, known]) => known === kind)?.[0];
  if (!type)
    throw new Ended(
      hands.phrase(`A kind is one of ${kinds.join(', ')}.`, `种类须为 ${kinds.join('、')} 之一。`),
      WRONG_USAGE,
    );
  const data = {
    name,
    body: await bodyIn(hands, file),
    ...(from !== undefined && { effectiveFrom: from }),
    ...(corrects !== undefined && { corrects }),
    ...(reason !== undefined && { reason }),
    ...(schema !== undefined && { schema }),
  };
  const found = misfits(data, [Reflect.get(policy.commands, type) as Class]);
  if (found.length > 0) {
    hands.tell({ policy: `${kind}.${name}`, code: 'misfit', errors: found });
    throw new Ended(
      [
        hands.phrase(`${file} does not fit:`, `${file} 不符合要求：`),
        ...found.map(({ pointer, detail }) => `  ${pointer}  ${detail}`),
      ].join('\n'),
    );
  }
  return wishAtDesk(hands, session, { slice: policy, id: `${kind}.${name}`, commands: [{ type, data }] });
};

const bodyIn = async ({ phrase }: Hands, file: string): Promise<unknown> => {
  try {
    return parse(await readFile(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Ended(phrase(`${file} cannot be read: ${why}`, `无法读取 ${file}：${why}`), WRONG_USAGE);
  }
};

const textOf = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value));
