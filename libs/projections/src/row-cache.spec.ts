import { RowCache } from './row-cache.js';

const batch = (cache: RowCache, from: number, to: number) => {
  for (let key = from; key < to; key += 1) cache.keep(String(key), { key });
  cache.trim(10);
};
const known = (cache: RowCache, most = 100) =>
  Array.from({ length: most }, (_, key) => key).filter((key) => cache.knows(String(key)));

it('drops the rows touched longest ago, and then no longer knows what does not exist', () => {
  const cache = new RowCache();
  cache.reset(true);
  batch(cache, 0, 5);
  expect(cache.knows('99')).toBe(true);
  batch(cache, 5, 10);
  batch(cache, 10, 13);
  expect(known(cache)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  cache.keep('3', { key: 3 });
  batch(cache, 13, 15);
  expect(known(cache)).toEqual([3, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
});

it('keeps those of the last two batches, which the table may not have yet, whatever the limit', () => {
  const cache = new RowCache();
  batch(cache, 0, 30);
  batch(cache, 30, 60);
  expect(known(cache)).toEqual(Array.from({ length: 60 }, (_, key) => key));
  batch(cache, 60, 61);
  expect(known(cache)).toEqual(Array.from({ length: 31 }, (_, key) => key + 30));
});
