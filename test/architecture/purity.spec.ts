import { HouseCopy } from '#testing';

const clocks = ['new Date()', 'Date.now()', 'globalThis', 'Math.random()', 'Promise.resolve()', 'async () => await 0'];
const machines = ['process', 'Buffer', 'console', 'setTimeout', 'fetch', "import('node:fs')", 'import.meta.url'];
const core = ['kernel/src/planted', 'domain/src/callbacks/planted', 'read-models/src/planted/planted.projection'];

describe('the core', () => {
  const house = new HouseCopy();
  afterAll(() => house.remove());

  const places = (text: string, place: RegExp) =>
    [...text.matchAll(place)].map(([, at, line]) => `${at}:${line}`).sort();
  const biome = () => house.run('biome', 'lint', '--max-diagnostics=none', '--reporter=github', 'libs');
  const lint = () => places(biome(), /=plugin,.*libs.(\S+)\.ts,line=(\d+)/g);
  const compile = () => places(house.run('tsc', '-p', 'tsconfig.core.json'), /^libs.(\S+)\.ts\((\d+),/gm);

  it('is pure', () => expect([lint(), compile()]).toEqual([[], []]));

  it('admits no clock, no chance, no waiting, no Node and no browser', () => {
    const sins = [...clocks, ...machines];
    const lines = sins.map((sin, n) => `export const sin${n} = ${sin};`).join('\n');
    for (const file of core) house.plant(`libs/${file}.ts`, lines);

    const caught = (some: readonly string[]) =>
      core.flatMap((at) => some.map((sin) => `${at}:${sins.indexOf(sin) + 1}`));
    expect([lint(), compile()]).toEqual([caught(clocks).sort(), caught(machines).sort()]);
  });
});

describe('everywhere', () => {
  const house = new HouseCopy();
  afterAll(() => house.remove());

  it('no promise floats, and no listener outruns its reader', () => {
    const lines = [
      'const later = async () => 1;',
      'export const forget = () => {',
      '  later();',
      '};',
      'export const flood = (stream: NodeJS.ReadableStream) => stream.on("data", async () => later());',
    ];
    house.plant('libs/system/src/planted.ts', lines.join('\n'));
    const found = house.run(
      'biome',
      'lint',
      '--max-diagnostics=none',
      '--reporter=github',
      'libs/system/src/planted.ts',
    );
    const caught = [...found.matchAll(/title=([^,]+),.*line=(\d+)/g)].map(([, rule, line]) => `${rule}:${line}`);
    expect(caught.sort()).toEqual(['lint/nursery/noFloatingPromises:3', 'plugin:5']);
  });
});
