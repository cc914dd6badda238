import { idFrom, newId } from './identity.js';

describe('an id that derives', () => {
  it('is a UUIDv5 as RFC 9562 has it', () => {
    const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
    expect(idFrom(dns, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  });

  it('is the same for the same names, and another for others', () => {
    const secret = Buffer.from('whatever nobody outside can guess');
    expect(idFrom(secret, 'local', '/v1/bookings', 'k1')).toBe(idFrom(secret, 'local', '/v1/bookings', 'k1'));
    expect(idFrom(secret, 'local', '/v1/bookings', 'k1')).not.toBe(idFrom(secret, 'local', '/v1/bookings', 'k2'));
    expect(idFrom(Buffer.from('another'), 'a')).not.toBe(idFrom(secret, 'a'));
  });
});

it('a new id is a UUIDv7, later ones sort later', () => {
  const ids = Array.from({ length: 100 }, newId);
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  expect(ids).toEqual([...ids].sort());
});
