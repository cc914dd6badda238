import { timingSafeEqual } from 'node:crypto';
import type { Fingerprints } from '#application';
import { hmac } from './hmac.js';
import type { KeyRing } from './key-ring.js';

/** 16 bytes: nobody finds a second text, and a log of millions of facts stays small. */
const MAC_BYTES = 16;

/** Fingerprints under the keys of all subjects, one after the other, so that no text can be tried once one is gone. */
export const fingerprints = (ring: () => KeyRing, logKey: Buffer): Fingerprints => {
  const keyAt = (subject: string, version: number) => ring().at(subject, version)?.mac;
  const macOf = (payload: string, keys: readonly Buffer[]): Buffer =>
    (keys.length > 0 ? keys : [logKey])
      .reduce<Buffer>((text, key) => hmac(key, text), Buffer.from(payload))
      .subarray(0, MAC_BYTES);

  return {
    onForgotten: (listener) => ring().onForgotten(listener),

    of: async (subjects, payload) => {
      if (subjects.length === 0) return { mac: macOf(payload, []).toString('base64url') };
      await ring().prepare(subjects);
      const keys: Record<string, number> = {};
      const macs: Buffer[] = [];
      for (const subject of [...new Set(subjects)].sort()) {
        const key = ring().current(subject);
        keys[subject] = key?.version ?? 0;
        if (key) macs.push(key.mac);
      }
      return { mac: macOf(payload, macs).toString('base64url'), keys };
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
