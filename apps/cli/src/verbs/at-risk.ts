import type { Command } from 'commander';
import { AtRisk, type AtRiskAnswer, phraseOf } from '#read-models';
import type { Session } from '#system';
import { bandText, moneyText } from '../figures.js';
import { verbOf } from '../help.js';
import { atMost500 } from '../limit.js';
import { tableOf } from '../tables.js';
import { veiled, veiledLines, veiledText } from '../veil.js';
import { type Hands, run } from '../verb.js';
import { type Asking, withViews } from '../views.js';
import { knownBy } from './known-by.js';

/** `at-risk`: who is about to leave, and why. */
export const registerAtRisk = (program: Command): void => {
  const verb = verbOf(program, 'at-risk', ['who is about to leave, and why', '谁即将流失，以及原因']);
  verb.option('--limit <n>', ['how many, at most 500', '条数，至多 500'], (option) =>
    option.argParser(atMost500).default(20),
  );
  verb.example('touchline at-risk --limit 5');
  verb.command.action((options: Readonly<{ limit: number }>) =>
    run(verb.command, (hands) => withViews(hands, (asking) => show(hands, asking, options.limit))),
  );
};

const show = async (hands: Hands, { session, ask }: Asking, limit: number): Promise<undefined> => {
  const { lang, say, tell } = hands;
  const { items } = await ask(AtRisk, { lang, limit });
  for (const item of items) tell(item);
  say(riskTable(hands, items, await numbersOf(hands, session, items)));
};

/** Who, how much, and the reasons in words; `numbers` by which others know who has no name, by id. */
export const riskTable = (
  { phrase, lang }: Pick<Hands, 'phrase' | 'lang'>,
  items: readonly AtRiskAnswer[],
  numbers: ReadonlyMap<string, string> = new Map(),
): string =>
  tableOf(
    phrase('customer|score|band|stage|net, 365 days|why', '客户|评分|等级|阶段|365 天净额|原因').split('|'),
    items.map(({ customerId, name, score, band, stage, netRevenue, reasons }) => [
      [veiledText(phrase, name ?? numbers.get(customerId)), customerId].filter(Boolean).join('\n'),
      veiled(phrase, score),
      veiled(phrase, band, (told) => bandText(phrase, told)),
      veiled(phrase, stage, (told) => phraseOf(`relationship.stage-${told}`, null, lang)),
      veiled(phrase, netRevenue, moneyText),
      veiledLines(phrase, reasons, (reason) => `· ${reason}`),
    ]),
    { right: [1, 4] },
  );

/** By which another system, such as a shop without names, knows them. */
export const numbersOf = async (
  { who }: Pick<Hands, 'who'>,
  session: Session,
  items: readonly AtRiskAnswer[],
): Promise<ReadonlyMap<string, string>> => {
  const nameless = items.filter(({ name }) => name === null).map(({ customerId }) => customerId);
  const known = await knownBy(session, who, nameless);
  return new Map([...known].flatMap(([id, { number }]) => (number === null ? [] : [[id, number]])));
};
