import type { Command } from 'commander';
import { type RebuildStatus, readStatus, type ViewStatus } from '#projections';
import { engineOver, type ReactionStatus, readReactions } from '#system';
import { answeringAddress } from '../address.js';
import { verbOf } from '../help.js';
import { tableOf } from '../tables.js';
import { DONE, type Hands, REFUSED, run } from '../verb.js';
import { withLog } from '../views.js';
import type { Phrase } from '../words.js';

/** `status`: how far every view is, and whether API and projector run. */
export const registerStatus = (program: Command): void => {
  const verb = verbOf(program, 'status', ['how far every view is, and what runs', '各视图的进度，以及哪些进程在运行']);
  verb.example('touchline status', 'touchline status --json');
  verb.note(
    'A batch is read + folded + written + committed; the figures are averages since the projector took the view up.',
    '每批 = 读取 + 折叠 + 写入 + 提交；数字为投影器接管视图以来的平均值。',
  );
  verb.note(
    'Exit code 1 when a view has stopped or parked a fact, or a reaction has parked a command.',
    '有视图停止或搁置了事实、或有反应搁置了命令时退出码为 1。',
  );
  verb.command.action(() => run(verb.command, status));
};

const status = (hands: Hands): Promise<number> =>
  withLog(hands, async (session) => {
    const { phrase, settings, say, tell } = hands;
    await engineOver(session).prepare();
    const views = await readStatus(session.sql);
    const address = await answeringAddress(settings.data);
    const projector = views.some(({ isAlive }) => isAlive);
    const reactions = await readReactions(session.sql);
    tell({ views, reactions, projector, api: address ?? null, businessTime: session.clock.now() });
    say(viewTable(phrase, views));
    say(reactionLine(phrase, reactions));
    say(address ? `API        ${address.url}` : phrase('API        does not run', 'API        未运行'));
    say(
      `${phrase('Projector', '投影器   ')}  ${projector ? phrase('runs', '运行中') : phrase('does not run', '未运行')}`,
    );
    const isParked = views.some(({ stoppedAt, parked }) => stoppedAt || parked > 0);
    return isParked || reactions.some(({ parked }) => parked > 0) ? REFUSED : DONE;
  });

/** All reactions in one line; each has its own in `reactions`. */
const reactionLine = (phrase: Phrase, all: readonly ReactionStatus[]): string => {
  const sum = (of: 'waiting' | 'parked') => all.reduce((total, one) => total + one[of], 0);
  const lag = Math.max(0, ...all.map(({ lagSeconds }) => lagSeconds)).toFixed(1);
  return phrase(
    `Reactions  ${all.length}, ${lag} s behind, ${sum('waiting')} commands wait, ${sum('parked')} are parked`,
    `反应       ${all.length} 个，落后 ${lag} 秒，等待 ${sum('waiting')}，搁置 ${sum('parked')}`,
  );
};

const viewTable = (phrase: Phrase, views: readonly ViewStatus[]): string =>
  tableOf(
    phrase(
      'view|position|lag s|lag events|a second|parked|ms a batch|state|caught up since|error',
      '视图|位置|落后秒|落后事实|每秒|搁置|每批毫秒|状态|追平于|错误',
    ).split('|'),
    views.map((view) => [
      view.view,
      view.position,
      view.lagSeconds.toFixed(1),
      view.lagEvents,
      Math.round(view.eventsPerSecond),
      view.parked + view.waiting,
      timingOf(view),
      stateOf(phrase, view),
      view.caughtUpSince?.slice(0, 19),
      errorOf(phrase, view),
    ]),
    { right: [1, 2, 3, 4, 5, 6] },
  );

const errorOf = (phrase: Phrase, view: ViewStatus): string | null => {
  if (view.stoppedAt) return `${view.stoppedAt.type} ${view.stoppedAt.stream}@${view.stoppedAt.revision}`;
  const { deadlinesFailing: failing, deadlineError: why } = view;
  if (failing > 0) return phrase(`${failing} deadlines fail: ${why}`, `${failing} 个到期事项失败：${why}`);
  return view.lastErrorAt && `${view.lastErrorAt.slice(0, 19)} ${view.lastError}`;
};

/** Read, fold, write and commit of a batch, on the average since its keeper took the view up. */
const timingOf = ({ timing: { batches, read, fold, write, commit } }: ViewStatus): string | null =>
  batches === 0 ? null : [read, fold, write, commit].map((spent) => ((spent * 1000) / batches).toFixed(1)).join(' + ');

/** A rebuild that is not over. */
const rebuildOf = (phrase: Phrase, { state, percent, perSecond, secondsLeft }: RebuildStatus): string | undefined => {
  const left = secondsLeft === null ? '' : phrase(`, ${secondsLeft} s left`, `，剩余 ${secondsLeft} 秒`);
  if (state === 'running' || state === 'cancelling')
    return phrase(`rebuilding ${percent} %, ${perSecond}/s${left}`, `重建中 ${percent} %，每秒 ${perSecond}${left}`);
  if (state === 'asked') return phrase('rebuild asked for', '已请求重建');
  if (state === 'paused') return phrase(`rebuild paused at ${percent} %`, `重建暂停于 ${percent} %`);
  if (state === 'failed') return phrase('rebuild failed', '重建失败');
  return undefined;
};

const stateOf = (phrase: Phrase, { state, rebuild, isAlive, heartbeatAge, stoppedAt }: ViewStatus): string => {
  if (stoppedAt) return phrase('stopped', '已停止');
  if (!isAlive)
    return phrase(`nobody keeps it, for ${Math.round(heartbeatAge)} s`, `无人维护，已 ${Math.round(heartbeatAge)} 秒`);
  const built = rebuild && rebuildOf(phrase, rebuild);
  if (built) return built;
  return phrase(
    state,
    {
      running: '运行',
      stopped: '已停止',
      rebuilding: '重建中',
      superseded: '由新版本维护',
      elsewhere: '由其他进程维护',
    }[state],
  );
};
