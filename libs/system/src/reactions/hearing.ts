import { idFrom, type LogIdentity } from '#application';
import { eventClasses } from '#domain';
import type { LogEntry } from '#event-store';
import { type AnyReaction, type Dispatch, ERASED, personalFields, type Recorded } from '#kernel';
import type { Sql } from '#postgres';
import { explained } from '#projections';
import { commandBecause, REACTING } from '../because.js';
import type { Intent, Place } from './tables.js';

type State = object | null;
type Log = Pick<LogIdentity, 'secret'>;

/** So often reactions may act in one story before it is taken for a loop, and one reaction upon one key. */
export const MOST_IN_A_CHAIN = 20;
export const MOST_OF_THE_SAME = 5;

/** What reactions remember, as far as a batch of facts touches it. */
export class Memories {
  readonly #states = new Map<string, State>();
  readonly changed = new Map<string, Readonly<{ reaction: string; key: string; state: State }>>();

  /** Reads what these facts touch. */
  static of(sql: Sql, reactions: readonly AnyReaction[], facts: readonly Recorded[]): Promise<Memories> {
    const touched = reactions.flatMap((reaction) =>
      facts.filter(({ type }) => reaction.hears.includes(type)).flatMap((fact) => keysOf(reaction, fact)),
    );
    return Memories.at(sql, touched);
  }

  static async at(sql: Sql, touched: readonly Readonly<{ reaction: string; key: string }>[]): Promise<Memories> {
    const memories = new Memories();
    if (touched.length === 0) return memories;
    const rows = await sql<{ reaction: string; key: string; state: object }>(
      `select m.reaction, m.key, m.state from reaction_memory m
       join (select distinct * from unnest($1::text[], $2::text[]) as t (reaction, key)) t using (reaction, key)`,
      [touched.map(({ reaction }) => reaction), touched.map(({ key }) => key)],
    );
    for (const { reaction, key, state } of rows) memories.#states.set(placeOf(reaction, key), state);
    return memories;
  }

  get(reaction: string, key: string): State {
    return this.#states.get(placeOf(reaction, key)) ?? null;
  }

  set(reaction: string, key: string, state: State): void {
    const place = placeOf(reaction, key);
    if (state === null && !this.#states.has(place)) return;
    this.#states.set(place, state);
    this.changed.set(place, { reaction, key, state });
  }

  async write(sql: Sql): Promise<void> {
    const all = [...this.changed.values()];
    const [kept, gone] = [all.filter(({ state }) => state), all.filter(({ state }) => !state)];
    const columns = (rows: typeof all) => [rows.map(({ reaction }) => reaction), rows.map(({ key }) => key)];
    if (kept.length > 0)
      await sql(
        `insert into reaction_memory (reaction, key, state) select * from unnest($1::text[], $2::text[], $3::jsonb[])
         on conflict (reaction, key) do update set state = excluded.state`,
        [...columns(kept), kept.map(({ state }) => JSON.stringify(state))],
      );
    if (gone.length > 0)
      await sql(
        `delete from reaction_memory m using unnest($1::text[], $2::text[]) as g (reaction, key)
         where m.reaction = g.reaction and m.key = g.key`,
        columns(gone),
      );
  }
}

const placeOf = (reaction: string, key: string): string => `${reaction} ${key}`;

/** A fold that fails over its keys fails once more when the fact's turn comes, and is put aside there. */
const keysOf = ({ name, remembers }: AnyReaction, fact: Recorded): readonly { reaction: string; key: string }[] => {
  try {
    return remembers?.keys(impersonal(fact)).map((key) => ({ reaction: name, key })) ?? [];
  } catch {
    return [];
  }
};

/** What a fact says without what is personal in it. */
export const impersonal = (fact: Recorded): Recorded => {
  const shape = eventClasses[fact.type];
  const fields = shape ? Object.keys(personalFields(shape)).filter((field) => field in fact.data) : [];
  if (fields.length === 0) return fact;
  return { ...fact, data: { ...fact.data, ...Object.fromEntries(fields.map((field) => [field, ERASED])) } };
};

/** What a reaction asks for, and what it remembers then; undefined: the same as before. */
type Turn = Readonly<{ key: string; asked: () => readonly Dispatch[]; after: () => State | undefined }>;

/** What a reaction makes of a fact, key by key. */
export const turnsOf = (
  { name, react, remembers }: AnyReaction,
  fact: Recorded,
  memories: Memories,
): readonly Turn[] => {
  const told = impersonal(fact);
  if (!remembers) return [{ key: fact.stream, asked: () => react(told, {}), after: () => undefined }];
  return remembers.keys(told).map((key) => {
    const state = memories.get(name, key) ?? remembers.initial;
    const after = (): State | undefined => {
      const next: State = remembers.evolve(state, told);
      return next === state ? undefined : next;
    };
    return { key, asked: () => react(told, state), after };
  });
};

/** Whether something is to be done about the fact: history from elsewhere, and what was there before, is only remembered. */
const isActedUpon = ({ since }: AnyReaction, { silentUntil }: Place, fact: Recorded): boolean =>
  !fact.meta.backfill &&
  (silentUntil === null || fact.position > silentUntil) &&
  (since === undefined || fact.recordedAt >= since);

export type Hears = Readonly<{ log: Log; memories: Memories; chains: ReadonlyMap<string, string> }>;

/** Tells a reaction one entry of the log. What it cannot hear is put aside, and its memory stays as it was. */
export const hear = (
  reaction: AnyReaction,
  place: Place,
  entry: LogEntry,
  { log, memories, chains }: Hears,
): readonly Intent[] => {
  if (entry.kind === 'unreadable') {
    const { stream, revision, type, position, reason } = entry;
    const cause = { id: idFrom(log.secret, stream, String(revision)), correlation: '' };
    return [unheard(reaction.name, { ...cause, stream, revision, type, position }, log, reason)];
  }
  const { fact } = entry;
  const { id, stream, revision, type, position } = fact;
  const cause: CauseOf = { id, correlation: fact.meta.correlationId, stream, revision, type, position };
  try {
    const isSilent = !isActedUpon(reaction, place, fact);
    const turns = turnsOf(reaction, fact, memories).map(({ key, asked, after }) => ({
      key,
      asked: isSilent ? [] : asked(),
      after: after(),
    }));
    const wanted = turns.flatMap(({ key, asked }) => asked.map((dispatch) => ({ key, dispatch })));
    for (const { key, after } of turns) if (after !== undefined) memories.set(reaction.name, key, after);
    const before = chains.get(fact.meta.commandId) ?? '';
    return wanted.map(({ key, dispatch }, n) => {
      const commandId = commandBecause(log, reaction.name, cause.id, n);
      return intentOf(reaction.name, cause, { id: commandId, key, dispatch, n, before });
    });
  } catch (error) {
    return [unheard(reaction.name, cause, log, explained(error, fact))];
  }
};

export type CauseOf = Pick<Intent, 'correlation' | 'stream' | 'revision' | 'type' | 'position'> &
  Readonly<{ id: string }>;
type Asked = Readonly<{ id: string; key: string; dispatch: Dispatch; n: number; before: string }>;

/** What is to be done, or what is parked at once, because it would go round in circles. */
export const intentOf = (
  reaction: string,
  { id: cause, ...about }: CauseOf,
  { id, key: own, dispatch, n, before }: Asked,
): Intent => {
  const key = dispatch.id === undefined ? own : `${dispatch.category}-${dispatch.id}`;
  const chain = [...(before === '' ? [] : before.split('\n')), `${reaction} ${key}`];
  const loop = loopIn(chain, about.correlation);
  return {
    ...{ id, reaction, key, cause, ...about, n, dispatch },
    chain: chain.join('\n'),
    state: loop === null ? 'waiting' : 'parked',
    error: loop,
  };
};

const unheard = (reaction: string, { id: cause, ...about }: CauseOf, log: Log, error: string): Intent => ({
  ...{ id: idFrom(log.secret, reaction, cause, 'unheard'), reaction, key: about.stream, cause, ...about },
  ...{ n: 0, dispatch: null, chain: '', state: 'parked', error },
});

/** What is wrong with a chain of what reactions did, one because of the other; null: nothing. */
const loopIn = (chain: readonly string[], correlation: string): string | null => {
  const last = chain.at(-1);
  const same = chain.filter((one) => one === last).length;
  if (chain.length <= MOST_IN_A_CHAIN && same <= MOST_OF_THE_SAME) return null;
  const names = chain.map((one) => one.slice(0, one.indexOf(' ')));
  const shown = names.length > 6 ? ['…', ...names.slice(-6)] : names;
  return `reaction-loop: ${chain.length} times in one story (${correlation}): ${shown.join(' > ')}`;
};

/** What reactions did before these facts in the same story, by the command that each fact comes of. */
export const chainsBefore = (sql: Sql, facts: readonly Recorded[]): Promise<ReadonlyMap<string, string>> =>
  chainsOf(
    sql,
    facts.filter(({ meta }) => meta.channel === REACTING).map(({ meta }) => meta.commandId),
  );

/** The same, by the commands. */
export const chainsOf = async (sql: Sql, commands: readonly string[]): Promise<ReadonlyMap<string, string>> => {
  if (commands.length === 0) return new Map();
  const rows = await sql<{ id: string; chain: string }>(
    'select id, chain from reaction_intents where id = any($1::uuid[])',
    [[...new Set(commands)]],
  );
  return new Map(rows.map(({ id, chain }) => [id, chain]));
};
