// Runs every test that needs no more than this machine, suite by suite; each says how many cases it ran and fails below
// a stated minimum, so that a suite that finds nothing cannot pass. `node test/run.mjs [suite …]`
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setUp } from '../bin/setup.mjs';

const suites = [
  {
    name: 'unit',
    least: 1_750,
    paths: [
      'libs/(kernel|domain|application|analytics|access|privacy|testing)/',
      'test/(replay|setup|analytics|catalogue)/',
    ],
  },
  { name: 'architecture', least: 87, paths: ['test/(architecture|second-slice)/'] },
  { name: 'supply', least: 29, paths: ['test/supply/'] },
  {
    name: 'integration',
    least: 1_000,
    paths: [
      'libs/(event-store|event-store-embedded|postgres|projections|read-models|system)/',
      'test/(access|api|contracts|import)/',
      'apps/',
    ],
  },
  { name: 'journeys', least: 138, paths: ['test/(journeys|console|cli|privacy)/'] },
  { name: 'reliability, in short', least: 34, paths: ['test/reliability/'] },
];

/** With twenty times the cases: only where it is asked for. */
const properties = {
  name: 'properties',
  least: 440,
  paths: [
    'libs/(application/src/fits|privacy/src/hmac|domain/src/vocabulary/(money|quiet-hours|business-time|calendar))',
    'libs/domain/src/(relationship/relationship|complaints/sla-clock|.*properties)\\.spec',
    'test/analytics/(degenerate|judgement|laws)',
    'apps/api/src/strict-json',
  ],
  options: ['--setupFiles=./test/support/property-runs.ts', '--testTimeout=1800000'],
};

const wanted = process.argv.slice(2);
const chosen = suites.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.startsWith(word)));
if (wanted.includes(properties.name)) {
  process.env.TOUCHLINE_PROPERTY_TIMES ??= '20';
  chosen.push(properties);
}
if (chosen.length === 0) {
  const names = [...suites, properties].map(({ name }) => name).join(', ');
  process.stderr.write(
    `There is no suite ${wanted.join(', ')}; there are ${names}; for example node test/run.mjs unit\n`,
  );
  process.exit(2);
}
await setUp();
const folder = mkdtempSync(join(tmpdir(), 'touchline-test-'));
const report = join(folder, 'report.json');
let [passed, failed] = [0, 0];

const step = (name, command, args) => {
  process.stdout.write(`\n— ${name}\n`);
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  return status === 0;
};
const check = (name, ...command) => {
  if (step(name, `node_modules/.bin/${command[0]}`, command.slice(1))) passed++;
  else failed++;
};

if (wanted.length === 0) {
  check('types', 'tsc', '--noEmit', '-p', 'tsconfig.json');
  check('form and lint', 'biome', 'check', '--error-on-warnings');
}
for (const { name, least, paths, options = [] } of chosen) {
  rmSync(report, { force: true });
  step(name, process.execPath, [
    'node_modules/jest/bin/jest.js',
    ...paths,
    ...options,
    '--maxWorkers=2',
    '--json',
    `--outputFile=${report}`,
  ]);
  const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
  passed += numPassedTests;
  failed += numFailedTests + (numFailedTests === 0 ? numFailedTestSuites : 0);
  process.stdout.write(`${name}: ${numPassedTests} cases passed, at least ${least} must run\n`);
  if (numPassedTests + numFailedTests < least) {
    process.stdout.write(`${name}: too few cases ran\n`);
    failed++;
  }
}
rmSync(folder, { recursive: true });
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exit(failed > 0 ? 1 : 0);
