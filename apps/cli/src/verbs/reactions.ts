import type { Command } from 'commander';
import {
  type Action,
  actionsOf,
  NoSuchAction,
  type ReactionStatus,
  readReactions,
  retryAction,
  type Session,
  skipAction,
} from '#system';
import { verbOf } from '../help.js';
import { tableOf } from '../tables.js';
import { DONE, Ended, type Hands, REFUSED, run, WRONG_USAGE } from '../verb.js';
import { withLog } from '../views.js';
import type { Phrase } from '../words.js';

/** `reactions`, `show`, `retry` and `skip`: what is done because something happened, and what could not be done. */
export const registerReactions = (program: Command): void => {
  const reactions = verbOf(program, 'reactions', [
    'what is done because something happened: how far, what waits',
    '因事实而自动执行的事项：进度与等待',
  ]);
  reactions.example('touchline reactions', 'touchline reactions show when-service-completed-then-follow-up');
  reactions.note('Exit code 1 when something is parked.', '有搁置的事项时退出码为 1。');
  reactions.command.action(() => run(reactions.command, (hands) => withLog(hands, (session) => list(hands, session))));

  const show = verbOf(reactions.command, 'show <reaction>', [
    'what it has to do, and the last that it did',
    '显示其待办与最近所做',
  ]);
  show.example('touchline reactions show when-service-completed-then-follow-up');
  show.command.action((reaction: string) =>
    run(show.command, (hands) => withLog(hands, (session) => showOne(hands, session, reaction))),
  );

  const retry = verbOf(reactions.command, 'retry <reaction> <id>', ['try it again, and what waits behind it', '重试']);
  retry.example('touchline reactions retry when-service-completed-then-follow-up 0d9b9a3e-…');
  retry.command.action((reaction: string, id: string) =>
    run(retry.command, (hands) => withLog(hands, (session) => decide(hands, session, { reaction, id }))),
  );

  const skip = verbOf(reactions.command, 'skip <reaction> <id> <reason>', [
    'leave it undone for good; the reason stays on record',
    '永久放弃；原因会被记录',
  ]);
  skip.example('touchline reactions skip when-service-completed-then-follow-up 0d9b9a3e-… done_by_hand');
  skip.command.action((reaction: string, id: string, reason: string) =>
    run(skip.command, (hands) => withLog(hands, (session) => decide(hands, session, { reaction, id }, reason))),
  );
};

const list = async ({ phrase, say, tell }: Hands, { sql }: Session): Promise<number> => {
  const all = await readReactions(sql);
  for (const one of all) tell(one);
  say(
    tableOf(
      phrase(
        'reaction|state|position|lag events|lag s|done|refused|waits|parked|last action',
        '反应|状态|位置|落后事实|落后秒|完成|被拒|等待|搁置|最近所做',
      ).split('|'),
      all.map((one) => [
        one.reaction,
        stateOf(phrase, one.state),
        one.position,
        one.lagEvents,
        one.lagSeconds.toFixed(1),
        one.done,
        one.refused,
        one.waiting,
        one.parked,
        one.lastAction &&
          `${one.lastAction.at.slice(0, 19)} ${commandOf(phrase, one.lastAction)}\n${one.lastAction.key}`,
      ]),
      { right: [2, 3, 4, 5, 6, 7, 8] },
    ),
  );
  return all.some(({ parked }) => parked > 0) ? REFUSED : DONE;
};

const stateOf = (phrase: Phrase, state: ReactionStatus['state']): string =>
  ({
    running: phrase('runs', '运行'),
    remembering: phrase('remembers the past', '正在回忆过去'),
    'nobody-runs-it': phrase('nobody runs it', '无人运行'),
  })[state];

const commandOf = (phrase: Phrase, { command }: Action): string => command ?? phrase('hear the fact', '处理该事实');

const showOne = async ({ phrase, say, tell }: Hands, { sql }: Session, reaction: string): Promise<number> => {
  const actions = await actionsOf(sql, reaction).catch(noneThere(phrase));
  for (const action of actions) tell(action);
  say(
    actions.length === 0 ? phrase('It has done nothing yet.', '尚未执行任何事项。') : tableOfActions(phrase, actions),
  );
  return actions.some(({ state }) => state === 'parked') ? REFUSED : DONE;
};

const tableOfActions = (phrase: Phrase, actions: readonly Action[]): string =>
  tableOf(
    phrase('id|state|when|because of|what|tries|why', '编号|状态|时间|起因|事项|次数|原因').split('|'),
    actions.map((action) => [
      action.id,
      {
        parked: phrase('parked', '搁置'),
        waiting: phrase('waits', '等待'),
        done: phrase('done', '完成'),
        refused: phrase('refused', '被拒'),
        skipped: phrase('skipped', '跳过'),
      }[action.state],
      action.at.slice(0, 19),
      `${action.type}\n${action.stream}@${action.revision}`,
      `${commandOf(phrase, action)}\n${action.key}`,
      action.attempts,
      [action.reason, action.decidedBy, action.error].filter(Boolean).join('\n'),
    ]),
    { right: [5], widths: [38, 10, 21, 50, 50, 7, 60] },
  );

const noneThere = (phrase: Phrase) => (error: unknown) => {
  if (!(error instanceof NoSuchAction)) throw error;
  throw new Ended(
    phrase(
      'There is no such reaction, or nothing of it is parked under that id: see "touchline reactions".',
      '没有该反应，或该编号下没有搁置的事项：参见 “touchline reactions”。',
    ),
  );
};

/** A reason that could name somebody would stay for ever. */
const REASON = /^[a-z0-9]+([._-][a-z0-9]+)*$/;

const decide = async (
  { phrase, say, tell, who }: Hands,
  { sql }: Session,
  one: Readonly<{ reaction: string; id: string }>,
  reason?: string,
): Promise<number> => {
  if (reason !== undefined && !REASON.test(reason))
    throw new Ended(
      phrase('A reason is a code such as done_by_hand.', '原因须为代码，例如 done_by_hand。'),
      WRONG_USAGE,
    );
  const { kind, id } = who.principal;
  const at = { ...one, by: `${kind}:${id}` };
  await (reason === undefined ? retryAction(sql, at) : skipAction(sql, at, reason)).catch(noneThere(phrase));
  tell({ ...one, ...(reason === undefined ? { retried: true } : { skipped: reason }) });
  say(
    phrase(
      'Noted. Whoever runs the reactions goes on there within a second.',
      '已记录。运行反应的进程将在一秒内继续处理。',
    ),
  );
  return DONE;
};
