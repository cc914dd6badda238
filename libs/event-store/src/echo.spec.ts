import { isEcho } from './echo.js';

it.each([
  ['something else', new Error('2 UNKNOWN')],
  ['what the database decided', Object.assign(new Error(), { code: 9, details: '', metadata: {} })],
  ['no error', { code: 14, details: '', metadata: {} }],
])('%s is no echo of a broken connection', (_, error) => expect(isEcho(error)).toBe(false));
