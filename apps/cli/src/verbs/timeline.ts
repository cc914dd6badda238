import type { Command, Option } from 'commander';
import { CustomerTimeline, type TimelineEntry } from '#read-models';
import { dayAndTime } from '../figures.js';
import { verbOf } from '../help.js';
import { atMost500 } from '../limit.js';
import { tableOf } from '../tables.js';
import { seen } from '../veil.js';
import { type Hands, run } from '../verb.js';
import { type Asking, withViews } from '../views.js';
import type { Phrase } from '../words.js';
import { findCustomer, nobody } from './find-customer.js';

type Options = Readonly<{ limit: number; order: 'newest' | 'oldest' }>;

/** `timeline <customer>`: every touchpoint with one customer. */
export const registerTimeline = (program: Command): void => {
  const verb = verbOf(program, 'timeline <whom>', ['every touchpoint with one customer', '一位客户的全部触点']);
  verb.option('--limit <n>', ['how many, at most 500', '条数，至多 500'], (option) =>
    option.argParser(atMost500).default(50),
  );
  verb.option('--order <order>', ['newest or oldest first', '先显示最新（newest）或最早（oldest）'], order);
  verb.example('touchline timeline 17850 --limit 20', 'touchline timeline anna@example.com --order oldest');
  verb.command.action((whom: string, options: Options) =>
    run(verb.command, (hands) => withViews(hands, (asking) => show(hands, asking, whom, options))),
  );
};

const order = (option: Option) => option.choices(['newest', 'oldest']).default('newest');

const show = async (
  hands: Hands,
  { session, ask }: Asking,
  whom: string,
  { limit, order }: Options,
): Promise<undefined> => {
  const { lang, phrase, say, tell } = hands;
  const id = await findCustomer(hands, ask, whom);
  const page = await ask(CustomerTimeline, { id, lang, limit, order: order === 'newest' ? 'desc' : 'asc' });
  if (!page) throw nobody(phrase);
  for (const entry of page.items) tell(entry);
  say(timelineTable(phrase, page.items, session.log.company.zone));
  if (page.cursor) say(phrase('There is more: raise --limit.', '还有更多：请加大 --limit。'));
};

const SENTIMENTS: Readonly<Record<string, string>> = { '1': '+', '0': ' ', '-1': '−' };

export const timelineTable = (phrase: Phrase, entries: readonly TimelineEntry[], zone: string): string =>
  tableOf(
    phrase('happened|as|what| |by|position', '发生时间|角色|事项| |渠道|位置').split('|'),
    entries.map(({ occurredAt, roles, text, type, sentiment, channel, position }) => [
      dayAndTime(occurredAt, zone),
      roles.join(', '),
      seen(text) ?? type,
      SENTIMENTS[String(sentiment)] ?? ' ',
      channel,
      position,
    ]),
    { right: [5] },
  );
