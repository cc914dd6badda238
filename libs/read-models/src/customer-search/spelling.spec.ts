import { spelling } from './spelling.js';

describe('the one spelling', () => {
  it.each([
    ['phone', '+86 139-1234 5678', '+8613912345678'],
    ['phone', '+44 (0)20 7946 0018', '+442079460018'],
    ['phone', '+442079460018', '+442079460018'],
    ['phone', '12 34', '1234'],
    ['email', ' Li@Example.ORG ', 'li@example.org'],
    ['email', 'ｌｉ@example.org', 'li@example.org'],
    ['name', ' Ann   LEE', 'ann lee'],
  ])('of %s %j is %j', (kind, value, told) => expect(spelling(kind, value)).toBe(told));

  it('of a phone at home depends on where that is', () => {
    expect(spelling('phone', '139 1234 5678', 'CN')).toBe('+8613912345678');
    expect(spelling('phone', '020 7946 0018', 'GB')).toBe('+442079460018');
    expect(spelling('phone', '139 1234 5678')).toBe('13912345678');
  });
});
