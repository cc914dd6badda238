import type { Command } from 'commander';
import type { Veiled } from '#kernel';
import {
  CustomerChurn,
  CustomerLifecycle,
  CustomerOverview,
  type CustomerOverviewAnswer,
  phraseOf,
} from '#read-models';
import { clockText } from '../clock-text.js';
import { bandText, dayAndTime, moneyText } from '../figures.js';
import { verbOf } from '../help.js';
import { tableOf } from '../tables.js';
import { seen, veiled, veiledLines, veiledText } from '../veil.js';
import { type Hands, run } from '../verb.js';
import { type Asking, withViews } from '../views.js';
import { findCustomer, nobody } from './find-customer.js';

/** `customer <whom>`: everything about one customer. */
export const registerCustomer = (program: Command): void => {
  const verb = verbOf(program, 'customer <whom>', [
    'one customer: profile, stage, risk, what is open',
    '一位客户：档案、阶段、风险与未完事项',
  ]);
  verb.example('touchline customer 17850', 'touchline customer "+86 139 1234 5678"');
  verb.note(
    'By id, phone, e-mail, name, or the number of a member, an order or another system.',
    '可用编号、电话、电子邮箱、姓名，或会员号、订单号、外部系统编号查找。',
  );
  verb.command.action((whom: string) =>
    run(verb.command, (hands) => withViews(hands, (asking) => show(hands, asking, whom))),
  );
};

const show = async (hands: Hands, { session, ask }: Asking, whom: string): Promise<undefined> => {
  const { lang, phrase, say, tell } = hands;
  const id = await findCustomer(hands, ask, whom);
  const [found, standing, churn] = await Promise.all([
    ask(CustomerOverview, { id, lang }),
    ask(CustomerLifecycle, { id, lang }),
    ask(CustomerChurn, { id, lang }),
  ]);
  if (!found) throw nobody(phrase);
  tell({ ...found, lifecycle: standing, churn });
  const { zone } = session.log.company;
  say(tableOf([titleOf(hands, found), ''], profileOf(hands, found, zone), { widths: [22, 90] }));
  const stage =
    standing && veiled(phrase, standing.stage, (told) => phraseOf(`relationship.stage-${told}`, null, lang));
  const score = veiled(phrase, churn?.score ?? 0);
  say(
    tableOf(
      phrase('relationship|since|why', '关系|起始|原因').split('|'),
      [
        [stage, standing && veiled(phrase, standing.since), standing && veiled(phrase, standing.reason)],
        [
          phrase(`churn risk ${score} of 100`, `流失风险 ${score}/100`),
          churn && veiled(phrase, churn.band, (told) => bandText(phrase, told)),
          churn && veiledLines(phrase, churn.reasons, (reason) => `· ${reason}`),
        ],
      ],
      { widths: [26, 12, 74] },
    ),
  );
  say(tableOf(phrase('what|open|ever', '事项|未完|累计').split('|'), countsOf(hands, found), { right: [1, 2] }));
  for (const table of openTables(hands, found, zone)) say(table);
  const ends = found.points.flatMap(({ batches }) => seen(batches) ?? []);
  if (ends.length > 0) say(endsTable(hands, ends));
};

type Batches = CustomerOverviewAnswer['points'][number]['batches'];

/** Every batch of points that is still to expire, and why it does. */
const endsTable = ({ phrase }: Hands, batches: Batches): string =>
  tableOf(
    phrase('points end after|points|why', '积分有效至|积分|原因').split('|'),
    batches.map(({ lastDay, expiresAt, points, reasons }) => [
      lastDay ?? expiresAt ?? phrase('never', '长期有效'),
      points,
      reasons.join('\n'),
    ]),
    { right: [1], widths: [26, 12, 74] },
  );

const titleOf = ({ phrase }: Hands, { name, identifiers }: CustomerOverviewAnswer): string =>
  veiledText(phrase, name ?? seen(identifiers)?.[0]?.value);

const profileOf = ({ phrase }: Hands, found: CustomerOverviewAnswer, zone: string) => {
  const text = (value: Veiled<string | undefined>) => veiledText(phrase, value);
  const rows: (readonly [string, string])[] = [
    [phrase('id', '编号'), found.id],
    [
      phrase('kind', '类型'),
      found.kind === 'individual' ? phrase('individual', '个人') : phrase('organization', '企业'),
    ],
    [phrase('status', '状态'), [found.status, found.statusReason].filter(Boolean).join(' · ')],
    [phrase('registered', '登记'), dayAndTime(found.registeredAt, zone)],
    [phrase('came by', '来源'), Object.values(seen(found.acquisition) ?? {}).join(' · ')],
    [
      phrase('contact', '联系方式'),
      veiledLines(phrase, found.contactPoints, (point) => `${point.kind} ${text(point.value)} (${point.status})`),
    ],
    [
      phrase('known as', '外部标识'),
      veiledLines(phrase, found.identifiers, ({ namespace, value }) => `${namespace} ${text(value)}`),
    ],
    [
      phrase('prefers', '偏好'),
      veiledLines(phrase, found.preferences, ({ key, value, provenance }) => `${key}: ${text(value)} (${provenance})`),
    ],
    [
      phrase('needs', '特殊需求'),
      veiledLines(phrase, found.specialNeeds, ({ code, note }) => [text(code), text(note)].filter(Boolean).join(': ')),
    ],
    [
      phrase('points', '积分'),
      found.points
        .map(({ balance, reserved, debt }) =>
          veiled(phrase, balance, () =>
            phrase(`${balance} (reserved ${reserved}, owed ${debt})`, `${balance}（预留 ${reserved}，欠分 ${debt}）`),
          ),
        )
        .join('\n'),
    ],
    [
      phrase('contacts', '联系人'),
      found.contacts.map(({ personId, roles }) => `${personId} (${roles.join(', ')})`).join('\n'),
    ],
  ];
  return rows.filter(([, text]) => text !== '');
};

const countsOf = ({ phrase }: Hands, { counts }: CustomerOverviewAnswer) => [
  [phrase('bookings', '订单'), counts.openBookings, counts.bookings],
  [phrase('complaints', '投诉'), counts.openComplaints, counts.complaints],
  [phrase('callbacks', '回电'), counts.openCallbacks, counts.callbacks],
  [phrase('touchpoints', '触点'), null, counts.touchpoints],
];

const openTables = ({ phrase }: Hands, { open }: CustomerOverviewAnswer, zone: string): readonly string[] => {
  const tables = [
    [
      phrase('open booking|status|worth|service', '未完订单|状态|金额|服务时间'),
      open.bookings.map(({ id, orderNumber, status, total, serviceWindow }) => [
        orderNumber ?? id,
        status,
        veiled(phrase, total, moneyText),
        serviceWindow && dayAndTime(serviceWindow.from, zone),
      ]),
    ],
    [
      phrase('open complaint|status|about|filed|clocks', '未结投诉|状态|事由|提出|时限'),
      open.complaints.map(({ id, status, category, severity, filedAt, clocks, level, escalationReason: why }) => [
        id,
        level === 0 ? status : [status, phrase(`level ${level} (${why})`, `第 ${level} 级（${why}）`)].join('\n'),
        [category, severity].filter(Boolean).join(' '),
        dayAndTime(filedAt, zone),
        clocks.map((clock) => clockText(phrase, clock, zone)).join('\n'),
      ]),
    ],
    [
      phrase('open callback|attempts|about|due by', '未完回电|次数|事由|截止'),
      open.callbacks.map(({ id, attempts, topic, dueBy }) => [id, attempts, topic, dayAndTime(dueBy, zone)]),
    ],
  ] as const;
  return tables.filter(([, rows]) => rows.length > 0).map(([head, rows]) => tableOf(head.split('|'), rows));
};
