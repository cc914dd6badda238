import { isDeepStrictEqual } from 'node:util';
import type { LogIdentity, PolicyBook, Wish } from '#application';
import { type Recorded, streamOf } from '#kernel';
import { type Past, rehearsed } from './rehearsal.js';

/**
 * What is recorded of a wish: nothing (undefined), what it would record today, or something else because the row behind it
 * changed. What another row said first (the customer's later invoices) says nothing about this one.
 */
export const recordedOf = async (
  wish: Wish,
  desk: Readonly<{ store: Past; policies: PolicyBook; log: LogIdentity }>,
): Promise<'already' | 'changed' | undefined> => {
  const { commandId, source } = wish.meta;
  const facts: Recorded[] = [];
  for await (const fact of desk.store.read(streamOf(wish.slice, wish.id))) facts.push(fact);
  const mine = facts.filter(({ meta }) => meta.commandId === commandId);
  const [first] = mine;
  if (!first) return undefined;
  if (first.meta.source?.id !== source?.id) return 'already';
  const wished = await rehearsed(wish, facts.slice(0, facts.indexOf(first)), desk);
  return isDeepStrictEqual(mine.map(content), wished.map(asStored)) ? 'already' : 'changed';
};

type Content = Pick<Recorded, 'type' | 'data'> & Readonly<{ occurredAt: string }>;

const content = ({ type, data, meta: { occurredAt } }: Recorded): Content => ({ type, data, occurredAt });

/** As JSON keeps it: a field that is undefined is not there. */
const asStored = (fact: Recorded): Content => JSON.parse(JSON.stringify(content(fact))) as Content;
