import { type Fingerprints, type Past, payloadOf, type Wish } from '#application';
import { type Recorded, streamOf } from '#kernel';

/**
 * Whether a wish is recorded as it is said now, or can no longer be told from that. What another row said first (the
 * customer's later invoices) says nothing about this one, and so counts as recorded.
 */
export const isRecorded = async (
  wish: Wish,
  { store, fingerprints }: Readonly<{ store: Past; fingerprints: Fingerprints }>,
): Promise<boolean> => {
  const { commandId, source } = wish.meta;
  let said: Recorded | undefined;
  // To the end: calling a read off costs more than the few facts that are left.
  for await (const fact of store.read(streamOf(wish.slice, wish.id)))
    if (fact.meta.commandId === commandId) said ??= fact;
  if (!said) return false;
  if (said.meta.source?.id !== source?.id || !said.payloadMac) return true;
  return fingerprints.matches(said.payloadMac, payloadOf(wish)) !== false;
};
