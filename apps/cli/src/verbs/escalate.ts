import type { Command } from 'commander';
import { misfits, NEVER_OPENED } from '#application';
import { complaint, IsId } from '#domain';
import { isRejection } from '#kernel';
import { outOfScope } from '#read-models';
import { verbOf } from '../help.js';
import { wishAtDesk } from '../saying.js';
import { DONE, Ended, type Hands, run, WRONG_USAGE } from '../verb.js';
import { type Asking, withViews } from '../views.js';

type Options = Readonly<{ reason: string }>;

/** `escalate <complaint> --reason <why>`: one level up, once for each reason. */
export const registerEscalate = (program: Command): void => {
  const verb = verbOf(program, 'escalate <complaint>', [
    'take a complaint one level up, once for each reason',
    '将客诉上报一级，每个原因一次',
  ]);
  verb.option('--reason <why>', ['severity, vip, regulator or media', 'severity、vip、regulator 或 media'], (option) =>
    option.makeOptionMandatory(),
  );
  verb.example('touchline escalate 01900000-0000-7000-8000-0000000000c1 --reason media');
  verb.command.action((id: string, options: Options) =>
    run(verb.command, (hands) => withViews(hands, (asking) => escalate(hands, asking, { id, ...options }))),
  );
};

class Addressed {
  @IsId() id!: string;
}

const escalate = async (
  hands: Hands,
  { session, core }: Asking,
  { id, reason }: Options & Readonly<{ id: string }>,
): Promise<number> => {
  const { phrase, say, tell, who } = hands;
  const data = { reason };
  const [fault] = [...misfits({ id }, [Addressed]), ...misfits(data, [complaint.commands.EscalateComplaint])];
  if (fault) throw new Ended(`${fault.pointer}  ${fault.detail}`, WRONG_USAGE);
  const said = { category: complaint.category, id, named: () => [] };
  // As over HTTP: of customers of other teams nobody learns whether there is anything.
  const isHidden = (await outOfScope(session.sql, who, said)) !== undefined;
  const commands = [{ type: 'EscalateComplaint', data }];
  const wish = wishAtDesk(hands, session, { slice: complaint, id, commands });
  const answer = isHidden ? { rejected: NEVER_OPENED } : await core.decide(wish);
  if (isRejection(answer)) {
    tell({ complaint: id, code: answer.rejected });
    const [en, zh] = REFUSALS[answer.rejected] ?? [answer.rejected, answer.rejected];
    throw new Ended(phrase(en, zh));
  }
  const isNew = answer.events.length > 0;
  tell({ complaint: id, escalated: isNew });
  say(
    isNew
      ? phrase('Escalated: one level up.', '已上报一级。')
      : phrase('It was escalated for that reason before: nothing changes.', '此前已因该原因上报：没有变化。'),
  );
  return DONE;
};

const REFUSALS: Readonly<Record<string, readonly [en: string, zh: string]>> = {
  [NEVER_OPENED]: ['There is no such complaint.', '没有该客诉。'],
  'complaint-not-open': ['The complaint is over: reopen it first.', '该客诉已了结：请先重新受理。'],
};
