import { once } from 'node:events';
import { type Command, InvalidArgumentError } from 'commander';
import { type Asking, personalClasses } from '#access';
import { eventClasses, localDayOf } from '#domain';
import { type Class, customerAs, isErased, isLocalDate, MASKED, personalFields, type Recorded } from '#kernel';
import type { AccessLog, Session } from '#system';
import { verbOf } from '../help.js';
import { bigintsAsText, Ended, type Hands, REFUSED, run, WRONG_USAGE } from '../verb.js';
import { withLog } from '../views.js';

/** Facts told, before who read them is on record. */
const ON_RECORD_EVERY = 500;

type Bound = bigint | string;
type Options = Readonly<{
  from?: Bound;
  to?: Bound;
  type?: readonly string[];
  customer?: string;
  limit?: number;
  personal?: boolean;
}>;

/** `replay`: the log as NDJSON, in order. */
export const registerReplay = (program: Command): void => {
  const verb = verbOf(program, 'replay', ['the log as NDJSON, in order', '按顺序输出日志（NDJSON）']);
  verb.option('--from <bound>', ['from this position, or this day on', '起始位置，或起始日期'], (option) =>
    option.argParser(bound),
  );
  verb.option('--to <bound>', ['up to and with this position, or this day', '截止位置或日期（含）'], (option) =>
    option.argParser(bound),
  );
  verb.option('--type <type...>', ['only facts of these types', '仅这些类型的事实']);
  verb.option('--customer <id>', ['only facts that name this customer', '仅涉及该客户的事实']);
  verb.option('--limit <n>', ['so many at most', '至多条数'], (option) => option.argParser(count));
  verb.option('--personal', [
    'what is personal too, for who may read all of it; who read what is recorded',
    '同时输出个人数据（须有全部读取权限；读取会被记录）',
  ]);
  verb.example(
    'touchline replay --type ServiceCompleted --from 2011-12-01 > services.ndjson',
    'touchline replay --customer 0190…e1 --limit 10',
  );
  verb.note(
    "A day counts by when a fact happened, in the company's zone; positions by when it was recorded.",
    '日期按事实发生的公司当地日期计；位置按记录先后计。',
  );
  verb.command.action((options: Options) =>
    run(verb.command, (hands) => withLog(hands, (session) => replay(hands, session, options))),
  );
};

const bound = (text: string): Bound => {
  if (/^\d{1,19}$/.test(text)) return BigInt(text);
  if (isLocalDate(text)) return text;
  throw new InvalidArgumentError('123456 / 2011-12-09');
};

const count = (text: string): number => {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('1, 2, …');
};

const replay = async (
  { phrase, interrupted, who }: Hands,
  { store, log, accessLog }: Session,
  options: Options,
): Promise<number | undefined> => {
  const { from, to, type = [], limit = Number.POSITIVE_INFINITY, personal = false } = options;
  if (personal && !mayReadAll(who))
    throw new Ended(phrase('None of your roles may read all that is personal.', '您的角色无权读取全部个人数据。'));
  const unknown = type.filter((name) => !Object.hasOwn(eventClasses, name));
  if (unknown.length > 0)
    throw new Ended(
      phrase(`There is no fact ${unknown.join(', ')}.`, `没有事实类型 ${unknown.join('、')}。`),
      WRONG_USAGE,
    );
  const head = await store.head();
  if (head === null) return undefined;
  const end = typeof to === 'bigint' && to < head ? to : head;
  const isWanted = wantedBy(options, log.company.zone);
  const after = typeof from === 'bigint' && from > 0n ? from - 1n : null;
  let printed = 0;
  for await (const entry of store.follow({ after, signal: interrupted })) {
    const position = entry.kind === 'fact' ? entry.fact.position : entry.position;
    if (position > end) break;
    if (entry.kind === 'unreadable')
      throw new Ended(
        phrase(
          `${entry.type} at position ${position} cannot be read: ${entry.reason}`,
          `无法读取位置 ${position} 的 ${entry.type}：${entry.reason}`,
        ),
        REFUSED,
      );
    if (entry.kind === 'fact' && isWanted(entry.fact)) {
      await print(personal ? toldOf(entry.fact, who, accessLog) : maskedOf(entry.fact), interrupted);
      printed += 1;
      if (personal && printed % ON_RECORD_EVERY === 0) await accessLog.flush();
    }
    if (position >= end || printed >= limit) break;
  }
  return undefined;
};

const wantedBy =
  ({ from, to, type, customer }: Options, zone: string) =>
  ({ type: said, customers, meta }: Recorded): boolean => {
    if (type && !type.includes(said)) return false;
    if (customer && !customers.some(({ id }) => id === customer)) return false;
    if (typeof from !== 'string' && typeof to !== 'string') return true;
    const day = localDayOf(meta.occurredAt, zone);
    return !(typeof from === 'string' && day < from) && !(typeof to === 'string' && day > to);
  };

const mayReadAll = ({ fields }: Asking): boolean => personalClasses.every((one) => fields.has(one));

const rolesIn = (type: string): readonly (readonly [string, string])[] =>
  Object.entries(personalFields(eventClasses[type] as Class));

/** The fact without what is personal in it. */
const maskedOf = (fact: Recorded): Recorded => {
  const hidden = rolesIn(fact.type).filter(([field]) => isTold(fact, field));
  return { ...fact, data: { ...fact.data, ...Object.fromEntries(hidden.map(([field]) => [field, MASKED])) } };
};

/** The fact as it is; that it was read goes into the access log. */
const toldOf = (fact: Recorded, who: Asking, accessLog: AccessLog): Recorded => {
  const bySubject = new Map<string, string[]>();
  for (const [field, role] of rolesIn(fact.type)) {
    const subject = customerAs(role, fact);
    if (subject && isTold(fact, field)) bySubject.set(subject, [...(bySubject.get(subject) ?? []), field]);
  }
  for (const [subject, fields] of bySubject) accessLog.viewed(who, subject, fields);
  return fact;
};

const isTold = ({ data }: Recorded, field: string): boolean => {
  const value: unknown = Reflect.get(data, field);
  return value !== undefined && !isErased(value);
};

/** Waits for a slow reader. */
const print = async (fact: Recorded, interrupted: AbortSignal): Promise<void> => {
  const { position, stream, revision, type, id, recordedAt, customers, meta, data } = fact;
  const line = JSON.stringify(
    { position, stream, revision, type, id, recordedAt, customers, meta, data },
    bigintsAsText,
  );
  if (!process.stdout.write(`${line}\n`))
    await once(process.stdout, 'drain', { signal: interrupted }).catch(() => undefined);
};
