import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Fingerprints } from '#application';
import type { KeyRing } from './key-ring.js';

/** 16 bytes: nobody finds a second text, and a log of millions of facts stays small. */
const MAC_BYTES = 16;

/** Fingerprints under the keys of all subjects, one after the other, so that no text can be tried once one is gone. */
export const fingerprints = (ring: () => KeyRing, logKey: Buffer): Fingerprints => {
  const keyAt = (subject: string, version: number) => ring().at(subject, version)?.mac;
  const macOf = (payload: string, keys: readonly Buffer[]): Buffer =>
    (keys.length > 0 ? keys : [logKey])
      .reduce<Buffer>((text, key) => createHmac('sha256', key).update(text).digest(), Buffer.from(payload))
      .subarray(0, MAC_BYTES);

  return {
    onForgotten: (listener) => ring().onForgotten(listener),

    of: async (subjects, payload) => {
      if (subjects.length === 0) return { mac: macOf(payload, []).toString('base64url') };
      const inOrder = [...new Set(subjects)].sort();
      await ring().prepare(inOrder);
      const keys = inOrder.map((subject) => ring().current(subject));
      const versions = inOrder.map((subject, index) => [subject, keys[index]?.version ?? 0] as const);
      const mac = macOf(
        payload,
        keys.flatMap((key) => key?.mac ?? []),
      ).toString('base64url');
      return { mac, keys: Object.fromEntries(versions) };
    },

    matches: ({ mac, keys = {} }, payload) => {
      const found = Object.entries(keys).map(([subject, version]) => keyAt(subject, version));
      if (found.some((key) => !key)) return undefined;
      const expected = Buffer.from(mac, 'base64url');
      return (
        expected.length === MAC_BYTES &&
        timingSafeEqual(
          expected,
          macOf(
            payload,
            found.flatMap((key) => key ?? []),
          ),
        )
      );
    },
  };
};
