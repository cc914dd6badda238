import type { Command } from 'commander';
import { NothingParked, type ParkedFact, type ProjectionEngine } from '#projections';
import { engineOver, type Session } from '#system';
import { verbOf } from '../help.js';
import { tableOf } from '../tables.js';
import { DONE, Ended, type Hands, REFUSED, run, WRONG_USAGE } from '../verb.js';
import { noSuchView, withLog } from '../views.js';
import type { Phrase } from '../words.js';

type Fact = Readonly<{ view: string; position: bigint }>;

/** `parked list`, `show`, `retry` and `skip`: facts that a view could not fold, and what waits behind them. */
export const registerParked = (program: Command): void => {
  const parked = verbOf(program, 'parked', ['facts that a view could not fold', '视图无法处理而搁置的事实']);
  parked.example('touchline parked list', 'touchline parked retry bookings 53222073');

  const list = verbOf(parked.command, 'list', ['what is parked, waits or was skipped', '列出搁置、等待与跳过的事实']);
  list.example('touchline parked list');
  list.note('Exit code 1 when something is parked.', '有搁置的事实时退出码为 1。');
  list.command.action(() => run(list.command, (hands) => withLog(hands, (session) => show(hands, session))));

  const one = verbOf(parked.command, 'show <view> <position>', [
    'one fact, and what waits behind it',
    '显示一条及其后等待的事实',
  ]);
  one.example('touchline parked show bookings 53222073');
  one.command.action((view: string, at: string) =>
    run(one.command, (hands) =>
      withLog(hands, (session) => showOne(hands, session, { view, position: positionIn(hands, at) })),
    ),
  );

  const retry = verbOf(parked.command, 'retry <view> <position>', ['fold it, and what waits behind it', '重新处理']);
  retry.example('touchline parked retry bookings 53222073');
  retry.command.action((view: string, at: string) =>
    run(retry.command, (hands) =>
      withLog(hands, (session) => release(hands, session, { view, position: positionIn(hands, at) })),
    ),
  );

  const skip = verbOf(parked.command, 'skip <view> <position> <reason>', [
    'leave it out for good; the reason stays on record',
    '永久跳过；原因会被记录',
  ]);
  skip.example('touchline parked skip bookings 53222073 damaged_by_a_disk');
  skip.command.action((view: string, at: string, reason: string) =>
    run(skip.command, (hands) =>
      withLog(hands, (session) => release(hands, session, { view, position: positionIn(hands, at) }, reason)),
    ),
  );
};

const positionIn = ({ phrase }: Hands, text: string): bigint => {
  if (/^\d{1,19}$/.test(text)) return BigInt(text);
  throw new Ended(phrase('A position is a number such as 53222073.', '位置须为数字，例如 53222073。'), WRONG_USAGE);
};

const preparedEngine = async (session: Session): Promise<ProjectionEngine> => {
  const engine = engineOver(session);
  await engine.prepare();
  return engine;
};

const engineWith = async (hands: Hands, session: Session, view: string): Promise<ProjectionEngine> => {
  const engine = await preparedEngine(session);
  if (!engine.kept.has(view)) throw noSuchView(hands, [...engine.kept.keys()], view);
  return engine;
};

const show = async ({ phrase, say, tell }: Hands, session: Session): Promise<number> => {
  const facts = await (await preparedEngine(session)).parked();
  for (const fact of facts) tell(fact);
  say(facts.length === 0 ? phrase('Nothing is parked.', '没有搁置的事实。') : tableOfFacts(phrase, facts));
  return facts.some(({ state }) => state !== 'skipped') ? REFUSED : DONE;
};

const tableOfFacts = (phrase: Phrase, facts: readonly ParkedFact[]): string =>
  tableOf(
    phrase('view|position|fact|state|why', '视图|位置|事实|状态|原因').split('|'),
    facts.map(({ view, position, type, stream, revision, state, error, reason }) => [
      view,
      position,
      `${type}\n${stream}@${revision}`,
      { parked: phrase('parked', '搁置'), waiting: phrase('waits', '等待'), skipped: phrase('skipped', '跳过') }[state],
      reason ?? error ?? '',
    ]),
    { right: [1], widths: [20, 12, 52, 10, 50] },
  );

/** The fact as it was recorded is read with `replay`, by who may. */
const showOne = async (hands: Hands, session: Session, { view, position }: Fact): Promise<number> => {
  const { phrase, say, tell } = hands;
  const { facts, waiting } = await (await engineWith(hands, session, view)).parkedAt(view, position);
  if (facts.length === 0) throw nothingThere(phrase);
  tell({ facts, waiting });
  say(tableOfFacts(phrase, facts));
  for (const { key, at, retries, skippedBy } of facts) {
    const row = key === '' ? phrase('unknown', '未知') : key;
    say(phrase(`Row ${row}, since ${at}, retried ${retries} times`, `行 ${row}，始于 ${at}，已重试 ${retries} 次`));
    if (skippedBy !== null) say(phrase(`Skipped by ${skippedBy}`, `由 ${skippedBy} 跳过`));
  }
  if (waiting.length > 0) say(`${phrase('Behind it wait:', '其后等待：')}\n${tableOfFacts(phrase, waiting)}`);
  return facts.some(({ state }) => state !== 'skipped') ? REFUSED : DONE;
};

const nothingThere = (phrase: Phrase): Ended =>
  new Ended(
    phrase(
      'Nothing is parked there: see "touchline parked list".',
      '该处没有搁置的事实：参见 “touchline parked list”。',
    ),
  );

/** A reason that could name somebody would stay for ever. */
const REASON = /^[a-z0-9]+([._-][a-z0-9]+)*$/;

const release = async (hands: Hands, session: Session, { view, position }: Fact, reason?: string): Promise<number> => {
  const { phrase, say, tell } = hands;
  if (reason !== undefined && !REASON.test(reason))
    throw new Ended(
      phrase('A reason is a code such as damaged_by_a_disk.', '原因须为代码，例如 damaged_by_a_disk。'),
      WRONG_USAGE,
    );
  const engine = await engineWith(hands, session, view);
  const { kind, id } = hands.who.principal;
  const releasing =
    reason === undefined ? engine.retry(view, position) : engine.skip(view, position, reason, `${kind}:${id}`);
  const released = await releasing.catch((error) => {
    throw error instanceof NothingParked ? nothingThere(phrase) : error;
  });
  tell({ view, position, ...released });
  say(
    released.error === null
      ? phrase(`Folded: ${released.folded}; nothing waits behind it.`, `已处理：${released.folded}；其后无等待。`)
      : phrase(
          `Folded: ${released.folded}; the next one fails: ${released.error}`,
          `已处理：${released.folded}；下一条失败：${released.error}`,
        ),
  );
  return released.error === null ? DONE : REFUSED;
};
