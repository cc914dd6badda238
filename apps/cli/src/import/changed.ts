import { type Fingerprints, payloadOf, type Wish } from '#application';
import { streamOf } from '#kernel';
import type { Past } from './rehearsal.js';

/**
 * Whether a wish is recorded as it is said now, or can no longer be told from that. What another row said first (the
 * customer's later invoices) says nothing about this one, and so counts as recorded.
 */
export const isRecorded = async (
  wish: Wish,
  { store, fingerprints }: Readonly<{ store: Past; fingerprints: Fingerprints }>,
): Promise<boolean> => {
  const { commandId, source } = wish.meta;
  for await (const { meta, payloadMac } of store.read(streamOf(wish.slice, wish.id))) {
    if (meta.commandId !== commandId) continue;
    if (meta.source?.id !== source?.id || !payloadMac) return true;
    return fingerprints.matches(payloadMac, payloadOf(wish)) !== false;
  }
  return false;
};
