import { isDeepStrictEqual } from 'node:util';
import {
  Decide,
  DecideHandler,
  type EventStore,
  freeForAll,
  type LogIdentity,
  noFingerprints,
  type PolicyBook,
  Rehearsal,
  type Wish,
} from '#application';
import { inForceAt, type PolicyPublished } from '#domain';
import { isRejection, type Rejection, streamOf } from '#kernel';

/** Where rules differ: `pointer` leads into their body; lists that differ are shown whole. */
export type RuleChange = Readonly<{ pointer: string; was: unknown; is: unknown }>;

/** What publishing a rule would come to. Nothing new: it is so already. */
export type Preview = Readonly<{
  ref: string;
  effectiveFrom: string;
  isNew: boolean;
  changes: readonly RuleChange[];
}>;

type Standing = Readonly<{ store: Pick<EventStore, 'read' | 'head'>; policies: PolicyBook; log: LogIdentity }>;

/** What a wish to publish a rule would change in those in force by then. Decided as if it were said; nothing is recorded. */
export const previewOf = async ({ store, policies, log }: Standing, wish: Wish): Promise<Preview | Rejection> => {
  const versions: PolicyPublished[] = [];
  for await (const { data } of store.read(streamOf(wish.slice, wish.id))) versions.push(data as PolicyPublished);
  const stage = new Rehearsal(store, await store.head());
  const answer = await new DecideHandler(stage, policies, log, freeForAll, noFingerprints).execute(new Decide(wish));
  if (isRejection(answer)) return answer;
  const said = wish.commands[0]?.data as Readonly<{ body: object; effectiveFrom?: string }>;
  const { body, effectiveFrom = wish.meta.occurredAt } = said;
  const isNew = answer.events.length > 0;
  return {
    ref: `${wish.id}@${versions.length + (isNew ? 1 : 0)}`,
    effectiveFrom,
    isNew,
    changes: isNew ? changesIn(inForceAt(versions, effectiveFrom)?.body, body) : [],
  };
};

const changesIn = (was: unknown, is: unknown, above = ''): readonly RuleChange[] => {
  if (!isPlain(was) || !isPlain(is)) return isDeepStrictEqual(was, is) ? [] : [{ pointer: above, was, is }];
  const fields = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return fields.flatMap((field) => changesIn(was[field], is[field], `${above}/${escaped(field)}`));
};

/** As JSON pointers have it (RFC 6901). */
const escaped = (field: string): string => field.replaceAll('~', '~0').replaceAll('/', '~1');

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
