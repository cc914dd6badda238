import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type EmbeddedEventStore, startEventStore } from '#event-store-embedded';

type Outcome = { code: number | null; output: string };

describe('the recorded exchanges, replayed against the embedded store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'contract-'));
  let store: EmbeddedEventStore;

  const replay = (...args: string[]): Promise<Outcome> =>
    new Promise((resolve) => {
      const env = { ...process.env, EVENTSTORE_URL: store.connectionString };
      const child = spawn(process.execPath, [join(__dirname, 'replay.mjs'), ...args], { env });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
      child.on('close', (code) => resolve({ code, output }));
    });

  beforeAll(async () => {
    store = await startEventStore({ folder: join(folder, 'store') });
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it('agrees in every one that does not need users, TLS or projection management', async () => {
    const { code, output } = await replay();
    expect(output).toContain('149 scenarios: agreed 141 (2068 exchanges), differing 0 (0 exchanges), left out 8');
    expect(code).toBe(0);
  });

  it('notices an exchange that differs and one that is missing', async () => {
    const vectors = join(folder, 'vectors');
    cpSync(join(__dirname, 'vectors'), vectors, { recursive: true });
    const edit = (id: string, change: (recorded: { steps: { result?: unknown }[] }) => void) => {
      const path = join(vectors, 'expected', `${id}.json`);
      const recorded = JSON.parse(readFileSync(path, 'utf8'));
      change(recorded);
      writeFileSync(path, JSON.stringify(recorded));
    };
    edit('event-json', ({ steps }) => Object.assign(steps[0]?.result as object, { nextExpectedRevision: '7n' }));
    edit('event-binary', ({ steps }) => steps.pop());
    const { code, output } = await replay('--vectors', vectors, '--only', '^event-(json|binary)$');
    expect(output).toContain('steps.0.result.nextExpectedRevision: expected "7n", got "0n"');
    expect(output).toContain('missing    event-binary: the index lists 4 exchanges, 3 are there');
    expect(code).toBe(1);
  });

  it("runs thirty lines that were written from the client's documentation alone", async () => {
    const env = { ...process.env, EVENTSTORE_URL: store.connectionString };
    const { stdout } = await promisify(execFile)(process.execPath, [join(__dirname, 'thirty-lines.mjs')], { env });
    expect(stdout.trim().split('\n')).toEqual([
      'next 1n',
      'read 0n Li Wei',
      'read 1n Ada',
      'refused wrong-expected-version',
      'heard flight-CA1831 Li Wei',
      'heard flight-CA1831 Ada',
      'heard flight-CA1832 Edsger',
      'handed Li Wei',
      'handed Ada',
    ]);
  });
});
