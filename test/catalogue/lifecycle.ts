import type { AnySlice } from '#kernel';
import type { Decided } from '#testing';

/** That an event led from one state to another. */
export type Turn = Readonly<{ from: string; event: string; to: string }>;

const statusOf = (state: unknown): string | undefined => {
  const status: unknown = Reflect.get(Object(state), 'status');
  return typeof status === 'string' ? status : undefined;
};

/** Which states the examples of a slice led through, in the order they were first seen; undefined where its states have no name. */
export const turnsOf = ({ category, initial }: AnySlice, decided: readonly Decided[]): readonly Turn[] | undefined => {
  if (statusOf(initial) === undefined) return undefined;
  const turns = decided
    .filter((example) => example.category === category)
    .flatMap(({ before, events, after }) =>
      events.map(({ type }, index) => ({
        from: named(index === 0 ? before : after[index - 1]),
        event: type,
        to: named(after[index]),
      })),
    );
  const states = [...new Set([named(initial), ...turns.map(({ to }) => to)])];
  const each = [...new Map(turns.map((turn) => [JSON.stringify(turn), turn])).values()];
  return each.sort((one, other) => states.indexOf(one.from) - states.indexOf(other.from));
};

const named = (state: unknown): string => {
  const status = statusOf(state);
  if (status === undefined) throw new Error('a state without a status, in a slice whose states have one');
  return status;
};

const WRITTEN = `Generated from the examples of the specifications: each arrow is a fact that one of them decides in that state.
\`npm run catalogue\` writes it again, and a test fails while it is not what the examples say. What each event holds is in
[the catalogue](events/README.md).`;

/** The page of pictures, one for each slice. */
export const lifecyclePage = (slices: readonly AnySlice[], decided: readonly Decided[]): string =>
  `# How stories go\n\n${WRITTEN}\n\n${slices.map((slice) => sectionOf(slice, turnsOf(slice, decided))).join('\n\n')}\n`;

const sectionOf = (slice: AnySlice, turns: readonly Turn[] | undefined): string => {
  const title = `## [${slice.collection}](events/${slice.collection}.md)`;
  if (turns === undefined) return `${title}\n\nIts stories go through no states with a name: there is no picture.`;
  const start = String(statusOf(slice.initial));
  const stays = turns.filter(({ from, to }) => from === to);
  return [title, pictureOf(turns, start), ...(stays.length > 0 ? [staysOf(stays)] : [])].join('\n\n');
};

const pictureOf = (turns: readonly Turn[], start: string): string => {
  const moves = eventsBy(
    turns.filter(({ from, to }) => from !== to),
    ({ from, to }) => `${from === start ? '[*]' : stateId(from)} --> ${stateId(to)}`,
  );
  const named = [...new Set(turns.flatMap(({ from, to }) => [from, to]))].filter((state) => stateId(state) !== state);
  return [
    '```mermaid',
    'stateDiagram-v2',
    ...named.map((state) => `  state "${state}" as ${stateId(state)}`),
    ...moves.map(([move, events]) => `  ${move} : ${events.join(', ')}`),
    '```',
  ].join('\n');
};

/** Mermaid takes a dash for a part of an arrow. */
const stateId = (state: string): string => state.replaceAll('-', '_');

const staysOf = (turns: readonly Turn[]): string =>
  [
    'Without leaving its state:',
    '',
    ...eventsBy(turns, ({ from }) => from).map(
      ([state, events]) => `- *${state}*: ${events.map((event) => `\`${event}\``).join(', ')}`,
    ),
  ].join('\n');

const eventsBy = (turns: readonly Turn[], keyOf: (turn: Turn) => string): readonly (readonly [string, string[]])[] => {
  const groups = new Map<string, string[]>();
  for (const turn of turns) groups.set(keyOf(turn), [...(groups.get(keyOf(turn)) ?? []), turn.event]);
  return [...groups];
};
