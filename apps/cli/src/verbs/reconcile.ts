import type { Command } from 'commander';
import { complaint } from '#domain';
import { isRejection } from '#kernel';
import { type Recounted, recountAll, recountScope } from '#read-models';
import { calendarsAt, type Session } from '#system';
import { clockName } from '../clock-text.js';
import { dayAndTime } from '../figures.js';
import { verbOf } from '../help.js';
import { displayOn } from '../progress.js';
import { wishAtDesk } from '../saying.js';
import { tableOf } from '../tables.js';
import { DONE, Ended, type Hands, run, WRONG_USAGE } from '../verb.js';
import { type Asking, withViews } from '../views.js';
import { reconcileRelationships } from './reconcile-relationship.js';

type Options = Readonly<{ past?: true; yes?: true }>;
type Differing = Recounted & Readonly<{ complaintId: string }>;

/** How many are shown; all are counted, and told with `--json`. */
const SHOWN = 20;

/** `reconcile`: what differs between what stands and what the rules of now, or the facts of now, make of it. */
export const registerReconcile = (program: Command): void => {
  const all = verbOf(program, 'reconcile', ['what the rules of now would change', '按当前规则核对']);
  all.example('touchline reconcile sla');

  const sla = verbOf(all.command, 'sla', [
    'complaint clocks that would be due, or warn, at another time under the calendars of now',
    '按当前日历，时限或预警会改变的客诉时钟',
  ]);
  sla.option('--past', [
    'those that have stopped too: they are listed, and never changed',
    '也列出已停止的时钟；它们不会被更改',
  ]);
  sla.option('--yes', ['move the open ones, each with a trace', '更改未停止的时钟，并留下记录']);
  sla.example('touchline reconcile sla', 'touchline reconcile sla --past', 'touchline reconcile sla --yes');
  sla.command.action((options: Options) =>
    run(sla.command, (hands) => withViews(hands, (asking) => reconcile(hands, asking, options))),
  );

  const relationship = verbOf(all.command, 'relationship', [
    'stages and risks that others were never told of, as after an import',
    '从未公布过的客户阶段与流失风险（例如导入之后）',
  ]);
  relationship.option('--yes', ['announce them', '予以公布']);
  relationship.example('touchline reconcile relationship', 'touchline reconcile relationship --yes');
  relationship.note(
    'Stopped, the same command goes on from there: what was announced differs no more.',
    '中断后再次执行同一命令即可继续：已公布的不再列出。',
  );
  relationship.command.action(({ yes }: Options) =>
    run(relationship.command, (hands) =>
      withViews(hands, (asking) => reconcileRelationships(hands, asking, yes === true)),
    ),
  );
};

const reconcile = async (hands: Hands, asking: Asking, { past, yes }: Options): Promise<number> => {
  const { phrase, say, tell } = hands;
  if (past && yes)
    throw new Ended(
      phrase('What has stopped is not changed: --past or --yes.', '已停止的不会被更改：--past 与 --yes 只能用一个。'),
      WRONG_USAGE,
    );
  const toMove = await listDiffering(hands, asking.session, past !== true);
  if (!yes) return DONE;
  for (const id of toMove) await move(hands, asking, id);
  tell({ moved: toMove.length });
  say(phrase(`Moved, each with a trace: ${toMove.length} complaints.`, `已更改并留下记录：${toMove.length} 件客诉。`));
  return DONE;
};

type Counting = Pick<Session, 'sql' | 'policies' | 'clock' | 'log'>;

/** Lists page by page what would differ; keeps nothing but counts, and the ids of complaints with an open clock that would: its answer. */
export const listDiffering = async (
  hands: Hands,
  { sql, policies, clock, log }: Counting,
  onlyOpen: boolean,
): Promise<readonly string[]> => {
  const { phrase, say, tell, interrupted, who: asking } = hands;
  const scope = await recountScope(sql, { asking, onlyOpen });
  const calendars = await calendarsAt(policies, scope.calendars, clock.now());
  const display = displayOn(process.stderr);
  const shown: Differing[] = [];
  const toMove = new Set<string>();
  let [complaints, differ, differing] = [0, 0, 0];
  for await (const page of recountAll(sql, { asking, onlyOpen, calendars })) {
    interrupted.throwIfAborted();
    complaints += page.complaints;
    differ += page.differ.length;
    // A complaint is on one page alone.
    differing += new Set(page.differ.map(({ complaintId }) => complaintId)).size;
    for (const one of page.differ) {
      tell(one);
      if (shown.length < SHOWN) shown.push(one);
      if (one.isOpen) toMove.add(one.complaintId);
    }
    display.show(
      complaints / Math.max(1, scope.complaints),
      phrase(`${complaints} of ${scope.complaints} complaints`, `${complaints}/${scope.complaints} 件客诉`),
    );
  }
  display.end();
  const { zone } = log.company;
  const warnings = (all: Differing['warnAt']) =>
    all.map(({ threshold, at }) => `${threshold} % ${dayAndTime(at, zone)}`).join('\n');
  const row = ({ complaintId, clock: name, dueAt, wouldBeDueAt, warnAt, wouldWarnAt }: Differing, at: number) => [
    ...[shown[at - 1]?.complaintId === complaintId ? '' : complaintId, clockName(phrase, name)],
    ...[dayAndTime(dueAt, zone), dayAndTime(wouldBeDueAt, zone), warnings(warnAt), warnings(wouldWarnAt)],
  ];
  if (shown.length > 0)
    say(
      tableOf(
        phrase('complaint|clock|is due|would be due|warns|would warn', '客诉|时钟|现时限|新时限|现预警|新预警').split(
          '|',
        ),
        shown.map(row),
      ),
    );
  if (differ > shown.length) say(phrase(`… and ${differ - shown.length} more`, `……另有 ${differ - shown.length} 个`));
  say(
    phrase(
      `${complaints} complaints looked at: ${differ} clocks of ${differing} complaints would differ.`,
      `已核对 ${complaints} 件客诉：其中 ${differing} 件的 ${differ} 个时钟会改变。`,
    ),
  );
  return [...toMove];
};

const move = async (hands: Hands, { session, core }: Asking, id: string): Promise<void> => {
  const commands = [{ type: 'RecomputeSlaClocks', data: {} }];
  const answer = await core.decide(wishAtDesk(hands, session, { slice: complaint, id, commands }));
  if (isRejection(answer)) throw new Ended(hands.phrase(`${id}: ${answer.rejected}`, `${id}：${answer.rejected}`));
};
