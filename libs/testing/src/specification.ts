import { misfits } from '#application';
import type {
  Class,
  Command,
  Company,
  Dispatch,
  Event,
  Memory,
  Participant,
  Policies,
  Reaction,
  Recorded,
  Slice,
  Stamped,
} from '#kernel';
import { isErased, sentenceOf } from '#kernel';
import { deepFreeze, recorded, stamped } from './facts.js';
import { witness } from './witness.js';

export const someCompany: Company = { zone: 'UTC', currency: 'EUR', vertical: 'car-rental-leisure' };

/** A decider: given(facts).when(command).then(facts). Whatever it leans on besides goes into `policies`. */
export const specification = <C extends Command, S, E extends Event, P extends object>(
  slice: Slice<C, S, E, P>,
  policies = { company: someCompany } as Policies<P>,
) => {
  const evolve = (state: S, fact: Stamped<E>) => deepFreeze(slice.evolve(state, deepFreeze(fact)));
  const decide = (command: Stamped<C>, state: S) => deepFreeze(slice.decide(command, state, policies));

  const when = (history: readonly (E | Stamped<E>)[], said: C | Stamped<C>) => {
    const command = deepFreeze(stamped<C>(said));
    const state = history.map(stamped<E>).reduce(evolve, deepFreeze(slice.initial));
    const decision = decide(command, state);
    expectToFit(slice.events, history);
    expectToFit(slice.commands, [command]);
    return {
      /** Asking again must change nothing, or a retry would. */
      then: (...expected: readonly E[]) => {
        expect(decision).toStrictEqual(expected);
        expectToFit(slice.events, expected);
        const after: S[] = [];
        for (const event of expected) after.push(evolve(after.at(-1) ?? state, { ...event, meta: command.meta }));
        const last = after.at(-1) ?? state;
        expect(decide(command, last)).toEqual([]);
        const { category } = slice;
        const participants = slice.participants(last, 'any');
        witness.decided.push({ category, command: command.type, before: state, events: expected, after, participants });
      },
      thenNothing: () => expect(decision).toEqual([]),
      thenRejected: (code: string, details?: object) => expect(decision).toEqual({ rejected: code, details }),
    };
  };

  return {
    given: (...history: readonly (E | Stamped<E>)[]) => ({
      when: (said: C | Stamped<C>) => when(history, said),
      concerns: (...expected: readonly Participant[]) =>
        expect(slice.participants(history.map(stamped<E>).reduce(evolve, slice.initial), 'any')).toStrictEqual(
          expected,
        ),
    }),
    /** The fact as one line of a timeline, in English; every word key must exist in every language. */
    tells: (event: E | Stamped<E>, english: string | null) => {
      const meaning = slice.touchpoint(stamped<E>(event));
      expect(meaning && sentenceOf(slice.words.en, meaning.summary, meaning.params)).toBe(english);
      expect(Object.keys(slice.words.zh)).toEqual(Object.keys(slice.words.en));
    },
  };
};

/** A reaction: whenever(fact, customers).then(commands). */
export const reaction = <E extends Event, S extends object>(described: Reaction<E, S>) => ({
  whenever: (event: E | Stamped<E>, ...customers: readonly Participant[]) =>
    remembering(described)
      .given()
      .when(recorded<E>('cause-1', [event], customers)[0] as Recorded<E>),
});

/** A reaction that remembers: given(recorded facts).when(recorded fact).then(commands). */
export const remembering = <E extends Event, S extends object>({ react, remembers, hears }: Reaction<E, S>) => ({
  given: (...past: readonly Recorded<E>[]) => ({
    when: (fact: Recorded<E>) => ({
      then: (...expected: readonly Dispatch[]) => {
        expect([...past, fact].filter(({ type }) => !hears.includes(type))).toEqual([]);
        const memory = deepFreeze(remembered(remembers, past));
        const states = remembers ? remembers.keys(fact).map((key) => memory.get(key) ?? remembers.initial) : [{} as S];
        expect(states.flatMap((state) => react(deepFreeze(fact), state))).toStrictEqual(expected);
      },
    }),
    /** What it keeps afterwards, by key. */
    keeps: (expected: Readonly<Record<string, S>>) =>
      expect(Object.fromEntries(remembered(remembers, past))).toStrictEqual(expected),
  }),
});

const remembered = <E extends Event, S extends object>(
  remembers: Memory<E, S> | undefined,
  past: readonly Recorded<E>[],
): ReadonlyMap<string, S> => {
  const memory = new Map<string, S>();
  for (const fact of past)
    for (const key of remembers?.keys(deepFreeze(fact)) ?? []) {
      const state = remembers?.evolve(deepFreeze(memory.get(key) ?? remembers.initial), fact) ?? null;
      if (state === null) memory.delete(key);
      else memory.set(key, state);
    }
  return memory;
};

const expectToFit = (shapes: Readonly<Record<string, Class>>, messages: readonly (Command | Event)[]) => {
  const isTold = ({ data }: Command | Event, pointer: string) => !isErased(Reflect.get(data, pointer.slice(1)));
  const found = messages.map((message) => [
    message.type,
    misfits(message.data, [shapes[message.type] as Class]).filter(({ pointer }) => isTold(message, pointer)),
  ]);
  expect(found).toEqual(messages.map(({ type }) => [type, []]));
};
