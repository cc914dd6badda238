import type { Command } from 'commander';
import { LoyaltyLiability } from '#read-models';
import { moneyText } from '../figures.js';
import { verbOf } from '../help.js';
import { tableOf } from '../tables.js';
import { veiled } from '../veil.js';
import { type Hands, run } from '../verb.js';
import { type Asking, withViews } from '../views.js';

/** `liability`: what the points of each programme weigh in the books. */
export const registerLiability = (program: Command): void => {
  const verb = verbOf(program, 'liability', [
    'what the points of each programme weigh in the books',
    '各会员计划的积分在账上的负债与过期收益',
  ]);
  verb.example('touchline liability');
  verb.note(
    'Not known where the programme does not say what points are worth (valuation).',
    '会员计划未说明积分价值（valuation）时，显示未知。',
  );
  verb.command.action(() => run(verb.command, (hands) => withViews(hands, (asking) => show(hands, asking))));
};

const show = async (hands: Hands, { ask }: Asking): Promise<undefined> => {
  const { phrase, say, tell } = hands;
  const { programmes } = await ask(LoyaltyLiability, {});
  for (const one of programmes) tell(one);
  say(
    tableOf(
      phrase(
        'programme|accounts|active|reserved|pending|owed|liability|expired|breakage',
        '会员计划|账户|可用|预留|待生效|欠分|负债|已过期|过期收益',
      ).split('|'),
      programmes.map(({ programme, accounts, active, reserved, pending, owed, liability, expired, breakage }) => [
        programme,
        ...[accounts, active, reserved, pending, owed].map((count) => veiled(phrase, count)),
        veiled(phrase, liability, weighed(hands)),
        veiled(phrase, expired),
        veiled(phrase, breakage, weighed(hands)),
      ]),
      { right: [1, 2, 3, 4, 5, 6, 7, 8] },
    ),
  );
};

const weighed =
  ({ phrase }: Hands) =>
  (worth: Parameters<typeof moneyText>[0] | null): string =>
    worth === null ? phrase('not known', '未知') : moneyText(worth);
