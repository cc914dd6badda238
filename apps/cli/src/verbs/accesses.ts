import type { Command } from 'commander';
import { type AccessAnswer, CustomerAccesses, ListAccesses } from '#read-models';
import { dayAndTime } from '../figures.js';
import { verbOf } from '../help.js';
import { atMost500 } from '../limit.js';
import { tableOf } from '../tables.js';
import { type Hands, run } from '../verb.js';
import { type Asking, withViews } from '../views.js';
import { findCustomer } from './find-customer.js';

/** `accesses [customer]`: who read what, and who asked for what is not theirs. */
export const registerAccesses = (program: Command): void => {
  const verb = verbOf(program, 'accesses [whom]', [
    'who read what of whom, and what for; the names of fields, never what stood in them',
    '谁因何读取了谁的哪些个人数据；仅列字段名，不含内容',
  ]);
  verb.option('--limit <n>', ['how many, at most 500', '条数，至多 500'], (option) =>
    option.argParser(atMost500).default(50),
  );
  verb.example('touchline accesses --limit 20', 'touchline accesses 0190…e1');
  verb.command.action((whom: string | undefined, { limit }: Readonly<{ limit: number }>) =>
    run(verb.command, (hands) => withViews(hands, (asking) => show(hands, asking, { whom, limit }))),
  );
};

type Wanted = Readonly<{ whom: string | undefined; limit: number }>;

const show = async (hands: Hands, { session, ask }: Asking, { whom, limit }: Wanted): Promise<undefined> => {
  const { phrase, say, tell } = hands;
  const page =
    whom === undefined
      ? await ask(ListAccesses, { limit })
      : await ask(CustomerAccesses, { id: await findCustomer(hands, ask, whom), limit });
  const items = page?.items ?? [];
  for (const item of items) tell(item);
  say(
    tableOf(
      phrase('when|who|of whom|what|what for|through', '时间|何人|客户|字段|用途|途径').split('|'),
      items.map((item) => rowOf(hands, item, session.log.company.zone)),
    ),
  );
  if (page?.cursor) say(phrase('There is more: raise --limit.', '还有更多：请加大 --limit。'));
};

const rowOf = (
  { phrase }: Hands,
  { at, actor, subject, type, fields, purpose, through }: AccessAnswer,
  zone: string,
) => [
  dayAndTime(at, zone),
  `${actor.kind} ${actor.id}`,
  subject,
  type === 'AccessDenied' ? phrase('(refused)', '（被拒绝）') : fields.join(', '),
  purpose,
  through,
];
