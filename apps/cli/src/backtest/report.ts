import type { Method } from '#analytics';
import type { Language } from '../words.js';
import { type Bilingual, both, calibrationChart, liftChart, trackingChart } from './charts.js';
import type { Found } from './request.js';
import { METHOD_NAMES } from './tables.js';
import { flagInWords, reasonInWords, verdictInWords } from './words.js';

const STYLE = `
body{font:16px/1.55 system-ui,sans-serif;max-width:1180px;margin:2rem auto;padding:0 1rem;color:#1c2733}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin:2rem 0 .4rem}
#lang-en:checked~main .zh,#lang-zh:checked~main .en{display:none}
label{margin-right:1rem;cursor:pointer}
.verdict{padding:.8rem 1rem;border-left:6px solid;border-radius:4px}
.holds{border-color:#2e7d4f;background:#eef7f1}.fails{border-color:#b3382c;background:#fbeeec}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));gap:1.5rem}
figure{margin:0}figcaption{font-size:.9rem;color:#46535f}
svg{width:100%;height:auto;font-size:13px;fill:#46535f}
.grid{stroke:#e3e8ec}.ideal{fill:none;stroke:#8996a3;stroke-width:2;stroke-dasharray:6 4}
.line{fill:none;stroke:#1f5fa8;stroke-width:2.5}.dot,.bar{fill:#1f5fa8}
table{border-collapse:collapse;margin:.5rem 0}td,th{padding:.3rem .8rem;border-bottom:1px solid #e3e8ec;text-align:right}
td:first-child,th:first-child{text-align:left}tr.final{font-weight:600;background:#f3f6f9}li{margin:.2rem 0}`;

const escaped = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const inBoth = (worded: (lang: Language) => string): Bilingual => [escaped(worded('en')), escaped(worded('zh'))];
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function opening({ result, asOf, until, horizonWeeks }: Found): string {
  const weeks = horizonWeeks.toFixed(0);
  const n = result.customers.toLocaleString('en');
  return both(
    [
      `On ${asOf} there were ${n} customers. For each of them the models said how likely a purchase is not to come in the following ${weeks} weeks, from what was known on that day alone. This page compares what was said with what happened until ${until}: ${percent(result.baseRate)} did not buy.`,
      `${asOf} 时共有 ${n} 位客户。模型仅凭当日已知的信息，为每位客户给出此后 ${weeks} 周内不购买的可能性。本页把当时的判断与截至 ${until} 的事实作比较：${percent(result.baseRate)} 的客户没有购买。`,
    ],
    'p',
  );
}

function charts({ result }: Found): string {
  const deciles = result.methods.layered?.deciles ?? [];
  const figure = (chart: string, heading: Bilingual, caption: Bilingual) =>
    `<figure><h2>${both(heading)}</h2>${chart}<figcaption>${both(caption)}</figcaption></figure>`;
  return `<div class="charts">${[
    figure(
      calibrationChart(deciles),
      ['Are the promises kept?', '承诺兑现了吗？'],
      [
        'Each dot is a tenth of the customers. On the dashed line, of customers with a promised risk of 70 % exactly 70 % stayed away. Above it the score was too hopeful, below it too gloomy.',
        '每个点是十分之一的客户。在虚线上表示承诺 70 % 风险的客户正好有 70 % 没有购买。点在线上方表示过于乐观，下方表示过于悲观。',
      ],
    ),
    figure(
      liftChart(deciles, result.baseRate),
      ['Does it find the right people?', '找对人了吗？'],
      [
        'Tenths of the customers, the most at risk first: how many times the average share stayed away. High on the left and low on the right is good; all at 1 would be a coin.',
        '按风险从高到低每十分之一的客户，其未购比例是平均的几倍。左高右低为好；全部等于 1 则与抛硬币无异。',
      ],
    ),
    figure(
      trackingChart(result.tracking),
      ['Was the total right?', '总数对吗？'],
      [
        'Purchases of these customers since the cut-off: solid what happened, dashed what was expected.',
        '这些客户自时点以来的购买：实线为实际，虚线为预期。',
      ],
    ),
  ].join('')}</div>`;
}

function methods({ result }: Found): string {
  const head: Bilingual[] = [
    ['score', '评分'],
    ['ranking (AUC)', '排序 (AUC)'],
    ['error (Brier)', '误差 (Brier)'],
    ['promise off by (ECE)', '承诺偏离 (ECE)'],
    ['lift, top tenth', '前十分之一提升'],
    ['value in safest fifth', '最稳五分之一的价值'],
  ];
  const rows = Object.entries(METHOD_NAMES).flatMap(([method, names]) => {
    const q = result.methods[method as Method];
    if (!q) return [];
    const cells = [
      q.auc.toFixed(3),
      q.brier.toFixed(3),
      percent(q.ece),
      q.topDecileLift.toFixed(2),
      percent(q.captureAt20),
    ];
    const mark = method === 'layered' ? ' class="final"' : '';
    return [`<tr${mark}><td>${both(names)}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`];
  });
  return `<h2>${both(['Against simpler rules', '与更简单的规则比较'])}</h2>
<table><tr>${head.map((h) => `<th>${both(h)}</th>`).join('')}</tr>${rows.join('')}</table>
${both(
  [
    'AUC: the chance that of two customers, one who stayed away and one who came back, the score ranks the first higher; 0.5 is a coin, 1 is perfect, and purchase data rarely allows more than 0.85. Brier: the mean squared error of the probability, smaller is better; the base rate is what one gets by telling everybody the same.',
    'AUC：任取一位没有回来的客户和一位回来的客户，评分把前者排得更高的概率；0.5 等于抛硬币，1 为完美，购买数据很少允许超过 0.85。Brier：概率的均方误差，越小越好；基准率是对所有人说同一个数所得的结果。',
  ],
  'p',
)}`;
}

/** One self-contained page: no script, no address outside itself. */
export function reportOf(found: Found, lang: Language): string {
  const { gate, counts } = found.result;
  const list = (items: readonly Bilingual[]) => `<ul>${items.map((item) => `<li>${both(item)}</li>`).join('')}</ul>`;
  const checked = (of: Language) => (of === lang ? ' checked' : '');
  const off = percent(counts.final.bias);
  return `<!doctype html>
<html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Touchline backtest ${found.asOf}</title><style>${STYLE}</style></head><body>
<input type="radio" name="lang" id="lang-en"${checked('en')}><label for="lang-en">English</label>
<input type="radio" name="lang" id="lang-zh"${checked('zh')}><label for="lang-zh">中文</label>
<main>
<h1>${both(['Who stays away: the models judged on what happened', '谁不再来：以事实评判模型'])}</h1>
${opening(found)}
<div class="verdict ${gate.holds ? 'holds' : 'fails'}"><strong>${both(inBoth((l) => verdictInWords(gate.holds, l)))}</strong>
${list(gate.checks.map((check) => inBoth((l) => reasonInWords(check, l))))}</div>
${charts(found)}
${methods(found)}
<h2>${both(['Number of purchases', '购买次数'])}</h2>
${both(
  [
    `Expected ${counts.final.predicted.toFixed(0)}, happened ${counts.final.observed.toFixed(0)} (${off}). A customer was off by ${counts.final.mae.toFixed(2)} purchases on average; saying "nobody buys" would be off by ${counts.zero.mae.toFixed(2)}.`,
    `预期 ${counts.final.predicted.toFixed(0)}，实际 ${counts.final.observed.toFixed(0)}（${off}）。平均每位客户偏差 ${counts.final.mae.toFixed(2)} 次；若说“无人购买”，偏差为 ${counts.zero.mae.toFixed(2)}。`,
  ],
  'p',
)}
<h2>${both(['Worth knowing', '值得知道'])}</h2>
${list(found.flags.map((flag) => inBoth((l) => flagInWords(flag, found, l))))}
${both(
  [
    'A risk is a statement about many customers like this one, not about the person. It knows purchases and their absence, not reasons. Act where acting is cheap against the value at stake.',
    '风险说的是许多类似的客户，而不是某个人。它只知道购买与沉默，不知道原因。在行动成本低于所涉价值之处行动。',
  ],
  'p',
)}
<p><small>${found.first} – ${found.last} · SHA-256 ${found.dataHash.slice(0, 16)}… · ${(found.seconds.read + found.seconds.judge).toFixed(1)} s</small></p>
</main></body></html>
`;
}
