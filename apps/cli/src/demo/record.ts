import { placeOf } from '#system';
import { importFile, loadMapping } from '../import/index.js';
import { displayOn } from '../progress.js';
import { Ended, type Hands } from '../verb.js';
import type { Asking } from '../views.js';
import { demoMarkIn, markDemo } from './demo-data.js';
import type { Story } from './story.js';
import { tellStory } from './tell-story.js';

const FILE = 'samples/online-retail/online_retail_invoices.csv';

/** Records both histories, unless an earlier demo has. An interrupted one goes on where it ended. */
export const recordHistories = async (hands: Hands, asking: Asking, story: Story): Promise<void> => {
  const { data } = hands.settings;
  const mark = (await demoMarkIn(data)) ?? { retail: false, story: false };
  if (!mark.retail) await importRetail(hands, asking);
  await markDemo(data, { ...mark, retail: true });
  if (!mark.story) await tell(hands, asking, story);
  await markDemo(data, { retail: true, story: true });
};

const importRetail = async (hands: Hands, { session, core }: Asking): Promise<void> => {
  const { phrase, lang, interrupted: signal, say } = hands;
  const { store, policies, fingerprints, log, clock } = session;
  say(
    phrase(
      'Importing the retail history: 22,190 invoices, 2010-12-01 to 2011-12-09 …',
      '正在导入零售历史：22,190 张发票，2010-12-01 至 2011-12-09……',
    ),
  );
  const display = displayOn(process.stderr);
  const summary = await importFile({
    decide: core.decide,
    store,
    policies,
    fingerprints,
    log,
    clock,
    file: placeOf(FILE),
    mapping: loadMapping('online-retail'),
    lang,
    signal,
    onProgress: ({ bytes, totalBytes, read, perSecond }) =>
      display.show(
        bytes / totalBytes,
        phrase(`${read} invoices, ${Math.round(perSecond)} a second`, `${read} 张发票，每秒 ${Math.round(perSecond)}`),
      ),
  }).finally(display.end);
  stopIf(hands);
  const { read, recorded, facts, already, rejected, seconds } = summary;
  hands.tell({ imported: summary });
  say(
    phrase(
      `  ${read} read, ${recorded} recorded as ${facts} facts, ${already} already there, ${rejected} rejected; ${seconds.toFixed(1)} s`,
      `  读取 ${read} 行，记录 ${recorded} 行（${facts} 条事实），已有 ${already} 行，拒绝 ${rejected} 行；${seconds.toFixed(1)} 秒`,
    ),
  );
};

const tell = async (hands: Hands, { session, core }: Asking, story: Story): Promise<void> => {
  const { phrase, interrupted: signal, say } = hands;
  say(
    phrase(
      `Telling an invented car-rental story about ${story.lives.length} customers …`,
      `正在讲述一个虚构的租车故事，涉及 ${story.lives.length} 位客户……`,
    ),
  );
  const display = displayOn(process.stderr);
  const onProgress = (share: number) => display.show(share, `${Math.floor(100 * share)} %`);
  await tellStory(story, { log: session.log, decide: core.decide, signal, onProgress }).finally(display.end);
  stopIf(hands);
};

const stopIf = ({ interrupted, phrase }: Hands): void => {
  if (interrupted.aborted)
    throw new Ended(phrase('Stopped. The same command goes on from here.', '已停止。再次执行同一命令即可继续。'));
};
