import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { runs } from '#testing';
import { hmac } from './hmac.js';

const bytes = (max: number) => fc.uint8Array({ minLength: 0, maxLength: max }).map((some) => Buffer.from(some));

describe('the fingerprint of a message', () => {
  it.each(['sha256', 'sha512'] as const)('is its HMAC, whatever it says under whichever key: %s', (hashing) => {
    const message = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), bytes(300));
    fc.assert(
      fc.property(bytes(64), message, (key, said) => {
        expect(hmac(key, said, hashing)).toEqual(createHmac(hashing, key).update(said).digest());
      }),
      { numRuns: runs(1_000) },
    );
  });

  it('is the one that RFC 4231 gives (test case 2)', () => {
    expect(hmac(Buffer.from('Jefe'), 'what do ya want for nothing?').toString('hex')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it('is not made with a key that is too long', () => {
    expect(() => hmac(Buffer.alloc(65), '')).toThrow(RangeError);
  });
});
