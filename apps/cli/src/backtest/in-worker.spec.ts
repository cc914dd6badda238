import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { transformSync } from '@swc/core';
import { isoOf } from './dates.js';
import { backtestInWorker, Cancelled } from './in-worker.js';
import { judgeFile } from './judge-file.js';
import type { BacktestRequest, Progress } from './request.js';

/** A thread cannot load sources: builds what it needs into a folder of its own. */
function built(): string {
  const folder = mkdtempSync(join(tmpdir(), 'backtest-worker-'));
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  const imports = { '#analytics': './libs/analytics/src/index.js' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'commonjs', imports }));
  for (const root of ['libs/analytics/src', 'apps/cli/src/backtest'])
    for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts') || file.endsWith('.spec.ts')) continue;
      const target = join(folder, root, file.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(target), { recursive: true });
      const { code } = transformSync(readFileSync(join(root, file), 'utf8'), {
        swcrc: false,
        module: { type: 'commonjs' },
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      });
      writeFileSync(target, code);
    }
  return folder;
}

let folder: string;
let script: string;
beforeAll(() => {
  folder = built();
  script = join(folder, 'apps/cli/src/backtest/backtest-worker.js');
});
afterAll(() => {
  for (const made of [folder, dirname(request.file)]) rmSync(made, { recursive: true });
});

const request: BacktestRequest = {
  file: join(mkdtempSync(join(tmpdir(), 'purchases-')), 'small.csv'),
  at: 14_900,
  horizonWeeks: 12,
  seed: 7,
  today: 20_000,
};
const rows = Array.from({ length: 900 }, (_, i) => `${(i * i) % 211},${isoOf(14_700 + ((i * 37) % 350))},${i % 50}`);
writeFileSync(request.file, `id,date,amount\n${rows.join('\n')}\n`);

describe('a backtest in a thread of its own', () => {
  it('answers as it would in this one, and tells how far it is', async () => {
    const seen: Progress[] = [];
    const there = await backtestInWorker(request, { watch: (progress) => seen.push(progress), script });
    const here = await judgeFile(request, () => undefined);
    const told = ({ seconds: _, ...found }: typeof here) => JSON.parse(JSON.stringify(found));
    expect(told(there)).toEqual(told(here));
    expect(seen.length).toBeGreaterThan(0);
  });
  it('stops when told to, at once', async () => {
    const stop = new AbortController();
    const found = backtestInWorker(request, { watch: () => stop.abort(), signal: stop.signal, script });
    await expect(found).rejects.toBeInstanceOf(Cancelled);
    await expect(
      backtestInWorker(request, { watch: () => undefined, signal: AbortSignal.abort(), script }),
    ).rejects.toBeInstanceOf(Cancelled);
  });
  it('brings a refusal back as one', async () => {
    const found = backtestInWorker({ ...request, file: 'none.csv' }, { watch: () => undefined, script });
    await expect(found).rejects.toMatchObject({ refusal: { code: 'no-such-file' } });
  });
});
