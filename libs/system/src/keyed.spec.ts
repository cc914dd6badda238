import { createHmac } from 'node:crypto';
import { blindIndexOf, keyedMac } from './keyed.js';

const log = { secret: Buffer.alloc(32, 7) };

describe('a blind index', () => {
  it('is the MAC of kind and value under a key of its own', () => {
    const key = createHmac('sha256', log.secret).update('touchline/blind-index').digest();
    const index = createHmac('sha256', key).update('phone|+8613912345678').digest('base64url');
    expect(blindIndexOf(log, 'phone', '+8613912345678')).toBe(index);
    expect(blindIndexOf(log, 'phone', '+8613912345678')).toBe(index);
  });

  it('differs by kind, value, purpose and log', () => {
    const other = { secret: Buffer.alloc(32, 8) };
    const indexes = [
      blindIndexOf(log, 'phone', 'a'),
      blindIndexOf(log, 'email', 'a'),
      blindIndexOf(log, 'phone', 'b'),
      blindIndexOf(other, 'phone', 'a'),
      keyedMac(log, 'another', 'phone|a'),
    ];
    expect(new Set(indexes).size).toBe(5);
  });
});
