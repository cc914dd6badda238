import type { Command } from 'commander';
import { factsByCustomer, type Progress, RebuildCancelled, type RebuildState, type Rebuilt } from '#projections';
import { views } from '#read-models';
import { engineOver } from '#system';
import { verbOf } from '../help.js';
import { displayOn } from '../progress.js';
import { tableOf } from '../tables.js';
import { DONE, Ended, type Hands, REFUSED, run, WRONG_USAGE } from '../verb.js';
import { withLog } from '../views.js';

const names: readonly string[] = [...views, factsByCustomer].map(({ projection }) => projection.name);

/** `rebuild <view…>`: fills views afresh from the log, beside the old ones, and puts them in their place. */
export const registerRebuild = (program: Command): void => {
  const verb = verbOf(program, 'rebuild [view...]', [
    'fill views afresh from the log while the old ones are served',
    '从日志重建视图，期间旧视图照常提供',
  ]);
  verb.option('--all', ['every view', '全部视图']);
  verb.option('--cancel', ['end a rebuild, whoever is at it, and drop what was filled', '取消重建并丢弃已填充的内容']);
  verb.example(
    'touchline rebuild lifecycle churn_risk',
    'touchline rebuild --all',
    'touchline rebuild --cancel lifecycle',
  );
  verb.note(`Views: ${names.join(', ')}`, `视图：${names.join('、')}`);
  verb.note('Exit code 1 when a row differs from what was served.', '有行与原视图不同时退出码为 1。');
  verb.command.action((wanted: readonly string[], { all = false, cancel: ends = false }: Options) =>
    run(verb.command, (hands) => (ends ? cancel : rebuild)(hands, chosen(hands, wanted, all))),
  );
};

type Options = Readonly<{ all?: boolean; cancel?: boolean }>;

const chosen = ({ phrase }: Hands, wanted: readonly string[], all: boolean): readonly string[] => {
  const unknown = wanted.filter((name) => !names.includes(name));
  const list = names.map((name) => `  ${name}`).join('\n');
  if (unknown.length > 0) {
    const said = unknown.join(', ');
    throw new Ended(
      phrase(`There is no view ${said}. There are:\n${list}`, `没有视图 ${said}。现有：\n${list}`),
      WRONG_USAGE,
    );
  }
  if (wanted.length === 0 && !all) {
    throw new Ended(
      phrase(`Name views, or --all. There are:\n${list}`, `请指明视图，或用 --all。现有：\n${list}`),
      WRONG_USAGE,
    );
  }
  return all ? names : [...new Set(wanted)];
};

const rebuild = (hands: Hands, wanted: readonly string[]): Promise<number> =>
  withLog(hands, async (session) => {
    const { phrase, interrupted, say, tell } = hands;
    const engine = engineOver(session);
    await engine.prepare();
    const display = displayOn(process.stderr);
    const onProgress = (progress: Progress) => display.show(progress.percent / 100, lineOf(hands, progress));
    try {
      const rebuilt = await engine.rebuild(wanted, { signal: interrupted, onProgress });
      display.end();
      for (const one of rebuilt) tell(one);
      say(
        tableOf(
          phrase('view|facts|rows|seconds|rows that differ', '视图|事实|行|秒|不同的行').split('|'),
          rebuilt.map(rowOf),
          { right: [1, 2, 3, 4] },
        ),
      );
      return rebuilt.some(({ differences }) => differences) ? REFUSED : DONE;
    } catch (error) {
      display.end();
      if (error instanceof RebuildCancelled) throw cancelledIn(hands, wanted, error);
      if (!interrupted.aborted) throw error;
      throw new Ended(
        phrase(
          'Stopped; the old rows are still served. The same command goes on from here.',
          '已停止；旧视图照常提供。再次执行同一命令即可从此处继续。',
        ),
      );
    } finally {
      await engine.stop();
    }
  });

const cancel = (hands: Hands, wanted: readonly string[]): Promise<number> =>
  withLog(hands, async (session) => {
    const engine = engineOver(session);
    await engine.prepare();
    const begun = (await engine.status()).filter(({ rebuild }) => rebuild && UNFINISHED.includes(rebuild.state));
    const cancelled = wanted.filter((name) => begun.some(({ view }) => view === name));
    await engine.cancelRebuild(wanted);
    hands.tell({ cancelled });
    const { phrase } = hands;
    hands.say(
      cancelled.length === 0
        ? phrase('There is no rebuild to cancel.', '没有可取消的重建。')
        : phrase(
            `Cancelled: ${cancelled.join(', ')}; the old rows are served.`,
            `已取消：${cancelled.join('、')}；旧视图照常提供。`,
          ),
    );
    return DONE;
  });

/** A rebuild that has left something behind, or is about to. */
const UNFINISHED: readonly RebuildState[] = ['asked', 'running', 'paused', 'cancelling', 'failed'];

/** Some of the views may have been cancelled, and the others are to go on. */
const cancelledIn = ({ phrase }: Hands, wanted: readonly string[], { views: gone }: RebuildCancelled): Ended => {
  const rest = wanted.filter((name) => !gone.includes(name)).join(' ');
  const said = phrase('Cancelled; the old rows are served.', '已取消；旧视图照常提供。');
  if (rest === '') return new Ended(said);
  return new Ended(
    phrase(
      `${gone.join(', ')}: ${said} The others go on from here with "touchline rebuild ${rest}".`,
      `${gone.join('、')}：${said}其余视图可用 “touchline rebuild ${rest}” 从此处继续。`,
    ),
  );
};

const rowOf = ({ view, events, rows, seconds, differences }: Rebuilt) => [
  view,
  events,
  rows,
  seconds.toFixed(1),
  differences,
];

const lineOf = ({ phrase }: Hands, { percent, events, perSecond, secondsLeft }: Progress): string =>
  phrase(
    `${percent} % · ${events} facts · ${perSecond} a second · ${secondsLeft ?? '–'} s left`,
    `${percent} % · ${events} 条事实 · 每秒 ${perSecond} · 剩余 ${secondsLeft ?? '–'} 秒`,
  );
