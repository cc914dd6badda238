import type { Command } from 'commander';
import { CannotRefold } from '#projections';
import { engineOver } from '#system';
import { verbOf } from '../help.js';
import { DONE, Ended, type Hands, REFUSED, run } from '../verb.js';
import { noSuchView, withLog } from '../views.js';

type Wanted = Readonly<{ view: string; key: string; recordedAs: readonly string[] | undefined }>;
type Options = Readonly<{ recordedAs?: readonly string[] }>;

/** `refold <view> <key>`: one row afresh from its own facts. */
export const registerRefold = (program: Command): void => {
  const verb = verbOf(program, 'refold <view> <key>', [
    'fold one row afresh from its own facts, without reading the rest of the log',
    '仅用某一行自身的事实重新折叠该行，无需读取整个日志',
  ]);
  verb.option('--recorded-as <key...>', [
    'its facts were recorded under these keys: their rows become this one',
    '其事实记录在这些键下：这些行合并为此行',
  ]);
  verb.example(
    'touchline refold lifecycle 01900000-0000-7000-8000-0000000000c1',
    'touchline refold churn_risk 0190…c1 --recorded-as 0190…c1 0190…c7',
  );
  verb.note('Exit code 1 when no fact belongs to that row.', '没有任何事实属于该行时退出码为 1。');
  verb.command.action((view: string, key: string, { recordedAs }: Options) =>
    run(verb.command, (hands) => refold(hands, { view, key, recordedAs })),
  );
};

const refold = (hands: Hands, { view, key, recordedAs }: Wanted): Promise<number> =>
  withLog(hands, async (session) => {
    const { phrase, say, tell } = hands;
    const engine = engineOver(session);
    const names = [...engine.kept.keys()];
    if (!names.includes(view)) throw noSuchView(hands, names, view);
    await engine.prepare();
    const refolded = await engine.refold(view, key, recordedAs).catch((error) => {
      if (!(error instanceof CannotRefold)) throw error;
      throw new Ended(
        phrase(
          `A row of ${view} cannot be told from its own facts: touchline rebuild ${view}`,
          `${view} 的单行无法仅凭自身事实重建：请用 touchline rebuild ${view}`,
        ),
      );
    });
    tell({ view, key, ...refolded });
    say(
      refolded.facts === 0
        ? phrase('No fact belongs to that row.', '没有任何事实属于该行。')
        : phrase(`Folded from ${refolded.facts} facts.`, `已由 ${refolded.facts} 条事实重新折叠。`),
    );
    return refolded.facts === 0 ? REFUSED : DONE;
  });
