import Table from 'cli-table3';
import type { Method, RiskQuality } from '#analytics';
import { inWords, type Language } from '../words.js';
import type { Found } from './request.js';
import { flagInWords, reasonInWords, verdictInWords } from './words.js';

export const METHOD_NAMES: Readonly<Record<Method, readonly [en: string, zh: string]>> = {
  layered: ['final score', '最终评分'],
  p0_mbg: ['P0, MBG/NBD', 'P0，MBG/NBD'],
  p0_pareto: ['P0, Pareto/NBD', 'P0，Pareto/NBD'],
  p0_rhythm: ['P0, regular rhythm', 'P0，规律节奏'],
  layered_cv: ['layer, cross-validated', '校准层，交叉验证'],
  recency: ['recency only', '仅最近购买'],
  rfm: ['RFM sum', 'RFM 总分'],
  base: ['base rate', '基准率'],
};

/** No lines between rows, no colour: it is also read in files. */
const quiet = {
  style: { head: [], border: [] },
  chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
};

const figuresOf = (q: RiskQuality): string[] => [
  q.auc.toFixed(4),
  q.brier.toFixed(4),
  q.ece.toFixed(4),
  q.logLoss.toFixed(4),
  q.topDecileLift.toFixed(2),
  `${(100 * q.captureAt20).toFixed(1)} %`,
];

function methodTable({ result }: Found, lang: Language): string {
  const head = inWords(
    lang,
    'risk of no purchase|AUC|Brier|ECE|log-loss|lift top 10 %|value in safest 20 %',
    '不再购买的风险|AUC|Brier|ECE|对数损失|前 10 % 提升|最稳 20 % 的价值',
  );
  const table = new Table({ head: head.split('|'), ...quiet });
  for (const [method, names] of Object.entries(METHOD_NAMES)) {
    const quality = result.methods[method as Method];
    if (quality) table.push([inWords(lang, ...names), ...figuresOf(quality)]);
  }
  return table.toString();
}

function countTable({ result }: Found, lang: Language): string {
  const head = inWords(
    lang,
    'number of purchases|MAE|RMSE|bias|Poisson deviance|expected|happened',
    '购买次数|MAE|RMSE|偏差|Poisson 偏差|预期|实际',
  );
  const table = new Table({ head: head.split('|'), ...quiet });
  const names = {
    mbg: 'MBG/NBD',
    pareto: 'Pareto/NBD',
    final: inWords(lang, 'used', '采用'),
    zero: inWords(lang, 'nobody buys', '无人购买'),
  };
  for (const key of ['final', 'mbg', 'pareto', 'zero'] as const) {
    const q = result.counts[key];
    const bias = `${q.bias > 0 ? '+' : ''}${(100 * q.bias).toFixed(1)} %`;
    const errors = [q.mae.toFixed(4), q.rmse.toFixed(4), bias, q.poissonDeviance.toFixed(4)];
    table.push([names[key], ...errors, q.predicted.toFixed(0), q.observed.toFixed(0)]);
  }
  return table.toString();
}

function decileTable({ result }: Found, lang: Language): string {
  const head = inWords(lang, 'tenth by risk|customers|promised|stayed away', '按风险十分位|客户|承诺|实际未购').split(
    '|',
  );
  const table = new Table({ head, ...quiet });
  const share = (p: number) => `${(100 * p).toFixed(1)} %`;
  (result.methods.layered?.deciles ?? []).forEach((decile, i) => {
    table.push([String(i + 1), String(decile.customers), share(decile.predicted), share(decile.observed)]);
  });
  return table.toString();
}

function parameterLines({ result }: Found): string[] {
  const { mbg, pareto, rhythms, habit } = result.models;
  const line = (name: string, values: object, ll: number) => {
    const listed = Object.entries(values).flatMap(([k, v]) =>
      typeof v === 'number' ? [`${k} ${Number(v.toPrecision(6))}`] : [],
    );
    return `${name.padEnd(14)} ${listed.join('  ')}  LL ${ll.toFixed(3)}`;
  };
  return [
    line('MBG/NBD', mbg.parameters, mbg.logLikelihood),
    ...rhythms.map((fit) =>
      line(`MBG/CNBD-${fit.parameters.k}${fit.parameters === habit ? ' *' : ''}`, fit.parameters, fit.logLikelihood),
    ),
    line('Pareto/NBD', pareto.parameters, pareto.logLikelihood),
    ...(result.spending.customers > 0
      ? [line('Gamma-Gamma', result.spending.parameters, result.spending.logLikelihood)]
      : []),
  ];
}

/** What a person reads in the terminal. */
export function tablesOf(found: Found, lang: Language): string {
  const { result, asOf, until, horizonWeeks, seconds, first } = found;
  const away = (100 * result.baseRate).toFixed(1);
  const opening = inWords(
    lang,
    `${result.customers} customers had bought between ${first} and ${asOf}. In the ${horizonWeeks.toFixed(1)} weeks until ${until}, ${away} % of them did not buy again.`,
    `${first} 至 ${asOf} 之间有 ${result.customers} 位客户购买过。其后至 ${until} 的 ${horizonWeeks.toFixed(1)} 周里，${away} % 没有再购买。`,
  );
  const sections = [
    opening,
    methodTable(found, lang),
    countTable(found, lang),
    decileTable(found, lang),
    parameterLines(found).join('\n'),
    ...(found.flags.length > 0 ? [found.flags.map((flag) => `! ${flagInWords(flag, found, lang)}`).join('\n')] : []),
    [
      verdictInWords(result.gate.holds, lang),
      ...result.gate.checks.map((check) => `  ${reasonInWords(check, lang)}`),
    ].join('\n'),
    inWords(
      lang,
      `${seconds.read} s reading, ${seconds.judge} s fitting and judging`,
      `读取 ${seconds.read} 秒，拟合与评判 ${seconds.judge} 秒`,
    ),
  ];
  return `${sections.join('\n\n')}\n`;
}
