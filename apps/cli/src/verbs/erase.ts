import type { Command } from 'commander';
import { CODE } from '#domain';
import { isRejection } from '#kernel';
import { readStatus, waitFor } from '#projections';
import { CustomerOverview } from '#read-models';
import type { Session } from '#system';
import { verbOf } from '../help.js';
import { DONE, Ended, type Hands, REFUSED, run, WRONG_USAGE } from '../verb.js';
import { type Asking, bringUpToDate, withViews } from '../views.js';
import { findCustomer, nobody } from './find-customer.js';

type Options = Readonly<{ yes?: boolean; reason?: string }>;

const CLEAN_WITHIN_MS = 60_000;

/** `erase <whom>`: destroys a person's key; every fact, total and proof stays. */
export const registerErase = (program: Command): void => {
  const verb = verbOf(program, 'erase <whom>', [
    'make a person unreadable for ever; facts and totals stay',
    '使某人的个人数据永远无法读取；事实与合计不变',
  ]);
  verb.option('--yes', ['do it: there is no way back', '确认执行：无法撤销']);
  verb.option('--reason <code>', ['why, as a code such as request', '原因代码，例如 request']);
  verb.example('touchline erase 0190…e1', 'touchline erase 0190…e1 --yes --reason request');
  verb.note(
    'Without --yes it says what would be forgotten, and does nothing (exit code 1).',
    '不带 --yes 时只说明将被删除的内容，不做任何更改（退出码 1）。',
  );
  verb.command.action((whom: string, options: Options) =>
    run(verb.command, (hands) => withViews(hands, (asking) => erase(hands, asking, { whom, ...options }))),
  );
};

const erase = async (
  hands: Hands,
  { session, ask }: Asking,
  { whom, yes = false, reason }: Options & Readonly<{ whom: string }>,
): Promise<number> => {
  const { phrase, say, tell, who } = hands;
  if (reason !== undefined && !CODE.test(reason))
    throw new Ended(phrase('A reason is a code such as request.', '原因须为代码，例如 request。'), WRONG_USAGE);
  const id = await findCustomer(hands, ask, whom);
  if (!yes) return announce(hands, await ask(CustomerOverview, { id }), id);
  const began = performance.now();
  const by = who.principal;
  const answer = await session.forgetting.erase(id, {
    by: { kind: by.kind, id: by.id },
    ...(reason !== undefined && { reason }),
  });
  if (isRejection(answer)) throw nobody(phrase);
  await clean(session, answer.position);
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  tell({ id, position: answer.position, revision: answer.revision, seconds });
  say(
    phrase(
      `${id} is forgotten, on every view, after ${seconds.toFixed(1)} s. Recorded as PersonalDataErased at position ${answer.position}.`,
      `${id} 已被遗忘，所有视图在 ${seconds.toFixed(1)} 秒内清除完毕。已记录为位置 ${answer.position} 的 PersonalDataErased。`,
    ),
  );
  return DONE;
};

const announce = (
  { phrase, say, tell }: Hands,
  found: { counts: { touchpoints: number } } | null,
  id: string,
): number => {
  const facts = found?.counts.touchpoints ?? 0;
  tell({ id, facts, erased: false });
  say(
    phrase(
      `Of ${id} (${facts} facts) name, contacts, documents, needs, preferences and free text would become unreadable for ever, in every backup too. Facts, totals and points stay. Say --yes to do it.`,
      `${id}（${facts} 条事实）的姓名、联系方式、证件、需求、偏好与自由文本将永远无法读取，备份中亦然；事实、合计与积分保持不变。加 --yes 执行。`,
    ),
  );
  return REFUSED;
};

/** Every view has passed the fact. */
const clean = async (session: Session, position: bigint): Promise<void> => {
  await bringUpToDate(session);
  const status = await readStatus(session.sql);
  const seen = await Promise.all(status.map(({ view }) => waitFor(session.sql, view, position, CLEAN_WITHIN_MS)));
  if (!seen.every(Boolean)) throw new Ended('the views have not passed the erasure in time: see "touchline status"');
};
