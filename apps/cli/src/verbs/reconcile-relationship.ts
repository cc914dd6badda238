import { relationship } from '#domain';
import { isRejection } from '#kernel';
import { allUnannounced, countConcluded, phraseOf, type Unannounced } from '#read-models';
import { announceAll, forgetTold } from '#system';
import { bandText } from '../figures.js';
import { displayOn } from '../progress.js';
import { wishAtDesk } from '../saying.js';
import { tableOf } from '../tables.js';
import { DONE, Ended, type Hands } from '../verb.js';
import { type Asking, bringUpToDate } from '../views.js';

/** How many are shown; all are counted, and told with `--json`. */
const SHOWN = 20;
const AT_ONCE = 32;
/** What is announced anyway comes first. */
const WITHIN_MS = 600_000;

/** Lists page by page what others believe and we do not, and with `yes` announces it. Keeps nothing but counts. */
export const reconcileRelationships = async (hands: Hands, asking: Asking, yes: boolean): Promise<number> => {
  const { phrase, say, tell, interrupted, who } = hands;
  const { session, core } = asking;
  const { sql } = session;
  if (yes) {
    await announceAll(session, core.decide, WITHIN_MS);
    await bringUpToDate(session);
  }
  const of = await countConcluded(sql, who);
  const display = displayOn(process.stderr);
  const shown: Unannounced[] = [];
  const found = { customers: 0, stages: 0, risks: 0, announced: 0 };
  for await (const { customers, differ } of allUnannounced(sql, who)) {
    interrupted.throwIfAborted();
    found.customers += customers;
    for (const one of differ) {
      const { commands: _, ...told } = one;
      tell(told);
      if (shown.length < SHOWN) shown.push(one);
      found.stages += one.stage ? 1 : 0;
      found.risks += one.risk ? 1 : 0;
    }
    if (yes) found.announced += await announced(hands, asking, differ);
    display.show(
      found.customers / Math.max(1, of),
      phrase(`${found.customers} of ${of} customers`, `${found.customers}/${of} 位客户`),
    );
  }
  display.end();
  if (shown.length > 0) say(tableFor(hands, shown));
  const { customers, stages, risks } = found;
  tell({ customers, stages, risks, announced: found.announced });
  say(
    phrase(
      `${customers} customers looked at: ${stages} stages and ${risks} risks differ from what was announced.`,
      `已核对 ${customers} 位客户：${stages} 个阶段、${risks} 项流失风险与已公布的不同。`,
    ),
  );
  if (yes) say(phrase(`Announced: ${found.announced} customers.`, `已公布：${found.announced} 位客户。`));
  return DONE;
};

/** @returns how many customers it was announced of */
const announced = async (hands: Hands, asking: Asking, differ: readonly Unannounced[]): Promise<number> => {
  for (let first = 0; first < differ.length; first += AT_ONCE) {
    hands.interrupted.throwIfAborted();
    const some = differ.slice(first, first + AT_ONCE);
    await Promise.all(some.map((one) => announce(hands, asking, one)));
    await forgetTold(
      asking.session,
      some.map(({ customerId }) => customerId),
    );
  }
  return differ.length;
};

const announce = async (
  hands: Hands,
  { session, core }: Asking,
  { customerId: id, commands }: Unannounced,
): Promise<void> => {
  const answer = await core.decide(wishAtDesk(hands, session, { slice: relationship, id, commands }));
  if (isRejection(answer)) throw new Ended(hands.phrase(`${id}: ${answer.rejected}`, `${id}：${answer.rejected}`));
};

const tableFor = ({ phrase, lang }: Hands, all: readonly Unannounced[]): string => {
  const stageIn = (stage: string | null) =>
    stage === null ? '–' : phraseOf(`relationship.stage-${stage}`, null, lang);
  const riskIn = ({ score, band }: { score: number; band: string }) => `${score} ${bandText(phrase, band)}`;
  return tableOf(
    phrase('customer|stage announced|stage|risk announced|risk', '客户|已公布阶段|现阶段|已公布风险|现风险').split('|'),
    all.map(({ customerId, stage, risk }) => [
      ...[customerId, stage ? stageIn(stage.from) : '', stage ? stageIn(stage.to) : ''],
      ...[risk ? riskIn(risk.from) : '', risk ? riskIn(risk.to) : ''],
    ]),
  );
};
