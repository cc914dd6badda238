import type { GateCheck } from '#analytics';
import { inWords, type Language } from '../words.js';
import type { Found, Refusal } from './request.js';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const REFUSALS: { readonly [C in Refusal['code']]: (r: Extract<Refusal, { code: C }>, lang: Language) => string } = {
  'no-such-file': (_, lang) => inWords(lang, 'There is no such file.', '没有这个文件。'),
  'empty-file': (_, lang) => inWords(lang, 'The file is empty.', '文件是空的。'),
  'no-dates': (_, lang) =>
    inWords(
      lang,
      'The date column holds no dates. Name another with --columns, or the order with --dates dmy.',
      '日期列里没有日期。请用 --columns 指定另一列，或用 --dates dmy 说明顺序。',
    ),
  'no-rows': (_, lang) => inWords(lang, 'No row is a purchase that can be read.', '没有任何一行是可读的购买记录。'),
  'no-such-column': ({ column, columns }, lang) =>
    inWords(
      lang,
      `There is no column "${column}". The file has: ${columns.join(', ')}.`,
      `没有名为“${column}”的列。文件有：${columns.join('、')}。`,
    ),
  'columns-unclear': ({ columns }, lang) =>
    inWords(
      lang,
      `Which columns are the customer, the date and the amount? Say it with --columns, e.g. --columns id,date,amount or --columns 1,3,5. The file has: ${columns.join(', ')}.`,
      `哪几列是客户、日期和金额？请用 --columns 说明，例如 --columns id,date,amount 或 --columns 1,3,5。文件有：${columns.join('、')}。`,
    ),
  'nothing-before': ({ first, last }, lang) =>
    inWords(
      lang,
      `Nothing lies before that date: the file runs from ${first} to ${last}. Choose --at in between.`,
      `该日期之前没有数据：文件从 ${first} 到 ${last}。请在其间选择 --at。`,
    ),
  'nothing-after': ({ first, last }, lang) =>
    inWords(
      lang,
      `Less than a week lies after that date, so nothing can be judged: the file runs from ${first} to ${last}. Choose an earlier --at.`,
      `该日期之后不足一周，无法评判：文件从 ${first} 到 ${last}。请选更早的 --at。`,
    ),
};

export const refusalInWords = (refusal: Refusal, lang: Language): string =>
  (REFUSALS[refusal.code] as (r: Refusal, lang: Language) => string)(refusal, lang);

const CRITERIA: Readonly<Record<GateCheck['criterion'], readonly [en: string, zh: string]>> = {
  bothOutcomes: ['some customers came back and some did not', '有人回来，也有人没回来'],
  enough: ['enough customers', '客户足够'],
  discrimination: ['ranks customers at least as well as plain recency and RFM', '排序不差于最近购买时间和 RFM'],
  brier: ['the probability is at least 10 % better than the base rate', '概率至少比基准率好 10 %'],
  calibration: ['promises what happens: mean error over deciles', '承诺与现实相符：十分位平均误差'],
  bias: ['the total of expected purchases is right', '预期购买总数正确'],
};

const WAIVED: Readonly<Record<NonNullable<GateCheck['waived']>, readonly [en: string, zh: string]>> = {
  fewerThan5000: ['not asked of fewer than 5,000 customers', '客户不足 5,000 时不要求'],
  demandShift: ['excused: new customers show the same shift of demand', '可以解释：新客户显示了同样的需求变化'],
};

function figures({ criterion, measured, limit, waived }: GateCheck, lang: Language): string {
  const shown =
    criterion === 'bias' || criterion === 'bothOutcomes' ? percent(measured) : String(Number(measured.toFixed(4)));
  if (waived) return `${shown}; ${inWords(lang, ...WAIVED[waived])}`;
  if (criterion === 'bothOutcomes') return shown;
  if (criterion === 'bias') return `${shown}, ±${percent(limit)}`;
  const sign = criterion === 'brier' || criterion === 'calibration' ? '≤' : '≥';
  return `${shown} ${sign} ${Number(limit.toFixed(4))}`;
}

/** One criterion of the gate as a sentence. */
export function reasonInWords(check: GateCheck, lang: Language): string {
  const [en, zh] = CRITERIA[check.criterion];
  const verdict = check.holds ? inWords(lang, 'holds', '通过') : inWords(lang, 'FAILS', '不通过');
  return `${verdict}: ${inWords(lang, en, zh)} (${figures(check, lang)})`;
}

export const verdictInWords = (holds: boolean, lang: Language): string =>
  holds
    ? inWords(lang, 'The gate holds: these scores may be used.', '关卡通过：这些评分可以使用。')
    : inWords(lang, 'The gate does not hold: do not act on these scores.', '关卡未通过：请不要依据这些评分行动。');

type Sentence = (found: Found) => readonly [en: string, zh: string];

const FLAGS: Readonly<Record<string, Sentence>> = {
  unreadableDates: ({ notes: n }) => [
    `${n.unreadableDates} rows have a date that cannot be read and were left out.`,
    `${n.unreadableDates} 行日期无法读取，已略去。`,
  ],
  missingIds: ({ notes: n }) => [
    `${n.missingIds} rows name no customer and were left out.`,
    `${n.missingIds} 行没有客户，已略去。`,
  ],
  futureDates: ({ notes: n }) => [
    `${n.futureDates} rows lie in the future and were left out.`,
    `${n.futureDates} 行日期在未来，已略去。`,
  ],
  missingAmounts: ({ notes: n }) => [
    `${n.missingAmounts} purchases have no amount: they count as purchases, not as spend.`,
    `${n.missingAmounts} 笔购买没有金额：计为购买，不计消费额。`,
  ],
  returns: ({ notes: n }) => [
    `${n.returns} rows are returns or cancellations: not purchases, but a signal.`,
    `${n.returns} 行是退货或取消：不算购买，作为信号使用。`,
  ],
  duplicateRows: ({ notes: n }) => [
    `${n.repeated} rows repeat another row's customer, day and amount; each customer has one transaction a day, amounts are added.`,
    `${n.repeated} 行与另一行的客户、日期和金额相同；每位客户每天一笔交易，金额相加。`,
  ],
  dateOrderAssumed: () => [
    'The dates do not say whether the day or the month comes first; month first was assumed. Use --dates dmy if that is wrong.',
    '日期看不出日在前还是月在前；按月在前处理。若不对请用 --dates dmy。',
  ],
  horizonShortened: ({ until, horizonWeeks }) => [
    `The file ends before the horizon does: judged until ${until}, ${horizonWeeks.toFixed(1)} weeks.`,
    `文件在预测期结束前就结束了：评判到 ${until}，共 ${horizonWeeks.toFixed(1)} 周。`,
  ],
  noRepeats: () => ['Nobody bought twice: the models only know their prior.', '没有人购买两次：模型只有先验。'],
  tooFewCustomers: () => [
    'Fewer than 200 customers or 300 repeat purchases: too few to speak for themselves.',
    '不足 200 位客户或 300 次重复购买：不足以自行说明。',
  ],
  pooledPrior: () => ['The fit leans on the shape of other populations.', '拟合借助了其他群体的形状。'],
  lowConfidence: () => ['Confidence is low.', '可信度低。'],
  dropoutNotIdentified: () => [
    'The data does not settle how customers leave for good: read the risk at the horizon, not P(alive).',
    '数据无法确定客户如何永久离开：请看期限内的风险，而不是 P(alive)。',
  ],
  regularRhythm: () => [
    'Customers buy in a regular rhythm: a model that expects one (k > 1) fits better and is used.',
    '客户按规律节奏购买：采用更合适的 k > 1 模型。',
  ],
  noCustomers: () => ['There are no customers.', '没有客户。'],
  equalAmounts: () => ['All customers spend the same.', '所有客户的消费额相同。'],
  populationMeanUnbounded: () => [
    'A few very large spends leave the mean spend of a newcomer open.',
    '少数极大的消费额使新客户的平均消费无法确定。',
  ],
  noAmounts: () => ['No amounts are known: value is counted in purchases.', '没有金额：价值按购买次数计。'],
  layerNotNeeded: () => [
    'The calibration layer won nothing on a past cut-off it had not seen; plain P0 is used.',
    '校准层在未见过的历史时点上没有改善；直接使用 P0。',
  ],
  layerNotLearnt: () => [
    'Too little history to learn a calibration layer; plain P0 is used.',
    '历史太短，无法学习校准层；直接使用 P0。',
  ],
  layerLearntOnShorterHorizon: () => [
    'The history is shorter than twice the horizon: the calibration layer was learnt on a shorter one.',
    '历史不足预测期的两倍：校准层在较短的期限上学习。',
  ],
  fittedOnSample: () => ['The slower models were fitted to an even sample.', '较慢的模型在均匀抽样上拟合。'],
  notConverged: () => ['A fit ran out of iterations.', '有一个拟合用尽了迭代次数。'],
};

/** A flag as a sentence; one that has none of its own is named. */
export function flagInWords(flag: string, found: Found, lang: Language): string {
  const [, model, bare = flag] = /^(pareto|spend):(.*)$/.exec(flag) ?? [];
  const sentence = FLAGS[bare];
  const text = sentence ? inWords(lang, ...sentence(found)) : bare;
  return model ? `${model === 'pareto' ? 'Pareto/NBD' : 'Gamma-Gamma'}: ${text}` : text;
}
