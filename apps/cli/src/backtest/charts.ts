import type { Decile, Tracked } from '#analytics';

/** Both languages; a style sheet shows one of them. */
export type Bilingual = readonly [en: string, zh: string];

const WIDTH = 560;
const HEIGHT = 340;
const LEFT = 62;
const BOTTOM = 46;
const TOP = 14;
const RIGHT = 26;

export const both = ([en, zh]: Bilingual, tag = 'span'): string =>
  `<${tag} class="en" lang="en">${en}</${tag}><${tag} class="zh" lang="zh">${zh}</${tag}>`;

interface Scale {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

const scale = (mostX: number, mostY: number): Scale => ({
  x: (value) => LEFT + (value / mostX) * (WIDTH - LEFT - RIGHT),
  y: (value) => HEIGHT - BOTTOM - (value / mostY) * (HEIGHT - BOTTOM - TOP),
});

const text = (x: number, y: number, label: Bilingual, attributes: string): string =>
  (['en', 'zh'] as const)
    .map((lang, i) => `<text class="${lang}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${label[i]}</text>`)
    .join('');

const plain = (x: number, y: number, label: string, anchor: string): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${label}</text>`;

const ticks = (most: number): number[] => Array.from({ length: 6 }, (_, i) => (i * most) / 5);

interface Axes {
  readonly mostX: number;
  readonly mostY: number;
  readonly labelX: Bilingual;
  readonly labelY: Bilingual;
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
}

function axes({ mostX, mostY, labelX, labelY, formatX, formatY }: Axes): string {
  const at = scale(mostX, mostY);
  const rows = ticks(mostY).map(
    (v) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at.y(v).toFixed(1)}" y2="${at.y(v).toFixed(1)}"/>${plain(LEFT - 6, at.y(v) + 4, formatY(v), 'end')}`,
  );
  const columns = ticks(mostX).map((v) => plain(at.x(v), HEIGHT - BOTTOM + 18, formatX(v), 'middle'));
  const middle = (HEIGHT - BOTTOM + TOP) / 2;
  return [
    ...rows,
    ...columns,
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, labelX, 'text-anchor="middle"'),
    text(14, middle, labelY, `text-anchor="middle" transform="rotate(-90 14 ${middle})"`),
  ].join('');
}

const svg = (title: Bilingual, body: string): string =>
  `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title[0]} / ${title[1]}">${body}</svg>`;

const path = (points: readonly (readonly [number, number])[], className: string): string =>
  `<polyline class="${className}" points="${points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')}"/>`;

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Promised against observed share per tenth; on the diagonal the promise is kept. */
export function calibrationChart(deciles: readonly Decile[]): string {
  const at = scale(1, 1);
  const frame = axes({
    mostX: 1,
    mostY: 1,
    labelX: ['promised risk', '承诺的风险'],
    labelY: ['stayed away', '实际未购'],
    formatX: percent,
    formatY: percent,
  });
  const points = deciles.map((d) => [at.x(d.predicted), at.y(d.observed)] as const);
  const dots = points.map(([x, y]) => `<circle class="dot" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="5"/>`).join('');
  const diagonal = path(
    [
      [at.x(0), at.y(0)],
      [at.x(1), at.y(1)],
    ],
    'ideal',
  );
  return svg(['calibration', '校准'], frame + diagonal + path(points, 'line') + dots);
}

/** How much likelier than average each tenth is to stay away, the most at risk first. */
export function liftChart(deciles: readonly Decile[], baseRate: number): string {
  const lifts = [...deciles].reverse().map((d) => (baseRate > 0 ? d.observed / baseRate : 0));
  const most = Math.max(1.5, Math.ceil(2 * Math.max(...lifts, 0)) / 2);
  const at = scale(deciles.length || 1, most);
  const frame = axes({
    mostX: 1,
    mostY: most,
    labelX: ['customers, most at risk first', '客户，风险最高在前'],
    labelY: ['times the average', '平均值的倍数'],
    formatX: percent,
    formatY: (v) => v.toFixed(1),
  });
  const bars = lifts.map((lift, i) => {
    const [left, right, top] = [at.x(i + 0.1), at.x(i + 0.9), at.y(lift)];
    return `<rect class="bar" x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${(right - left).toFixed(1)}" height="${(at.y(0) - top).toFixed(1)}"/>`;
  });
  const average = path(
    [
      [at.x(0), at.y(1)],
      [at.x(deciles.length || 1), at.y(1)],
    ],
    'ideal',
  );
  return svg(['lift', '提升'], frame + bars.join('') + average);
}

/** Purchases since the cut-off, expected and happened, week by week. */
export function trackingChart(tracking: readonly Tracked[]): string {
  const highest = Math.max(1, ...tracking.flatMap((t) => [t.expected, t.happened]));
  const magnitude = 10 ** Math.floor(Math.log10(highest));
  const mostY = Math.ceil(highest / magnitude) * magnitude;
  const mostX = Math.max(1, tracking.at(-1)?.week ?? 1);
  const at = scale(mostX, mostY);
  const frame = axes({
    mostX,
    mostY,
    labelX: ['weeks since the cut-off', '时点后的周数'],
    labelY: ['purchases so far', '累计购买'],
    formatX: (v) => String(Math.round(v)),
    formatY: (v) => Math.round(v).toLocaleString('en'),
  });
  const along = (value: (t: Tracked) => number) => [
    [at.x(0), at.y(0)] as const,
    ...tracking.map((t) => [at.x(t.week), at.y(value(t))] as const),
  ];
  return svg(
    ['tracking', '跟踪'],
    frame +
      path(
        along((t) => t.expected),
        'ideal',
      ) +
      path(
        along((t) => t.happened),
        'line',
      ),
  );
}
