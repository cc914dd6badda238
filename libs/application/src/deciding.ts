import type {
  Actor,
  AnySlice,
  Command,
  Company,
  Event,
  Fact,
  Meta,
  Participant,
  Policies,
  Policy,
  Rejection,
} from '#kernel';
import { isRejection, reject } from '#kernel';
import { idFrom } from './identity.js';
import type { PolicyBook } from './ports.js';
import { APPROVES_OWN } from './refusals.js';
import type { Wish } from './wish.js';

/** What is to be recorded, and the state after it. */
export type Decided = Readonly<{ facts: readonly Fact[]; state: unknown }>;

/** What decisions lean on besides the state. */
export type Rules = Readonly<{ policies: PolicyBook; company: Company }>;

/** Says a wish's commands in turn, each to the state that the last one left; a no ends it. */
export const factsOf = async (
  { slice, id, commands, meta, signal }: Wish,
  before: unknown,
  under: Rules,
): Promise<Decided | Rejection> => {
  const facts: Fact[] = [];
  let state = before;
  for (const said of commands) {
    const command = { ...said, meta };
    if (isOwnApproval(slice, command, state)) return reject(APPROVES_OWN);
    const found = await policiesFor(slice, command, { state, ...under, ...(signal && { signal }) });
    if (isRejection(found)) return found;
    const { policies, policyRef } = found;
    const decision = slice.decide(command, state, policies);
    if (isRejection(decision)) return decision;
    for (const event of decision as readonly Event[]) {
      const after = slice.evolve(state, { ...event, meta });
      const customers = union(slice.participants(state, id), slice.participants(after, id));
      facts.push({ ...event, meta, id: idFrom(meta.commandId, facts.length), customers, ...policyRef });
      state = after;
    }
  }
  return { facts, state };
};

const policiesFor = async (
  slice: AnySlice,
  command: Command & { meta: Meta },
  { state, policies: book, company, signal }: Rules & Readonly<{ state: unknown; signal?: AbortSignal }>,
) => {
  const asked = new Set<string>();
  const found: [string, Policy][] = [];
  for (;;) {
    const needs = slice.needs?.(command, state, company, Object.fromEntries(found)) ?? {};
    const names = Object.entries(needs).filter(([key, name]) => name && !asked.has(key));
    if (names.length === 0) break;
    for (const [key] of names) asked.add(key);
    const at = command.meta.occurredAt;
    const answers = await Promise.all(
      names.map(async ([key, name = '']) => [key, await book.effectiveAt(name, at, signal)] as const),
    );
    for (const [key, answer] of answers) {
      if (answer && isRejection(answer)) return answer;
      if (answer) found.push([key, answer]);
    }
  }
  const policies: Policies = { ...Object.fromEntries(found), company };
  const refs = Object.fromEntries(found.map(([key, { ref }]) => [key, ref]));
  return { policies, policyRef: found.length > 0 ? { policyRef: refs } : {} };
};

/** Whoever asked for it does not approve it, neither directly nor on behalf of somebody else. */
const isOwnApproval = (slice: AnySlice, command: Command & { meta: Meta }, state: unknown): boolean => {
  const asked = slice.approves?.(command, state);
  const people = ({ id, onBehalfOf }: Actor) => [id, ...(onBehalfOf ? [onBehalfOf] : [])];
  return asked !== undefined && people(asked).some((id) => people(command.meta.actor).includes(id));
};

/** Who was in the story or came into it: one taken out hears of it too. */
const union = (before: readonly Participant[], after: readonly Participant[]): readonly Participant[] => [
  ...before,
  ...after.filter(({ id, role }) => !before.some((known) => known.id === id && known.role === role)),
];
