import fc from 'fast-check';
import { runs } from '#testing';
import { readJson } from './strict-json.js';

const read = (text: string) => readJson(Buffer.from(text));

describe('a body', () => {
  it('says what JSON says, where nothing is said twice', () => {
    const keys = fc.string({ unit: 'grapheme' }).filter((key) => key !== '__proto__' && key !== 'prototype');
    const values = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.string({ unit: 'binary' }),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        tie('list'),
        tie('object'),
      ),
      list: fc.array(tie('value')),
      object: fc.dictionary(keys, tie('value'), { noNullPrototype: true }),
    })).value;
    fc.assert(
      fc.property(values, fc.constantFrom(undefined, 1), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(read(text)).toEqual(JSON.parse(text));
      }),
      { seed: 1, numRuns: runs(500) },
    );
  });

  it.each([
    ['{"a":1,"b":{"a":1},"c":[{"a":1},{"a":"a\\",\\"a\\":"}]}'],
    ['{"constructor":1,"a":{"prototype":1}}'],
    ['"{\\"a\\":1,\\"a\\":1}"'],
    ['null'],
  ])('may say %s', (text) => {
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it('of a megabyte is read, whatever it is made of', () => {
    for (const piece of ['\\n', '\\\\', 'x', '{', ','])
      expect(read(`["${piece.repeat(1_000_000 / piece.length)}"]`)).toHaveLength(1);
  });

  it('ends where it is too deep or too long', () => {
    expect(() => read(`${'['.repeat(32)}${']'.repeat(32)}`)).not.toThrow();
    expect(() => read(`${'['.repeat(33)}${']'.repeat(33)}`)).toThrow('misfit');
    expect(() => read(`[${Array(49_999).fill(0)}]`)).not.toThrow();
    expect(() => read(`[${Array(50_000).fill(0)}]`)).toThrow('misfit');
  });
});
