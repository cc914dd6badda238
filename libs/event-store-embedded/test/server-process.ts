import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { transformSync } from '@swc/core';

const MAIN = `
import { startEventStore } from './src/index.js';
const options = JSON.parse(process.argv[2]);
const log = (line) => line.level !== 'info' && console.error(JSON.stringify(line));
const server = await startEventStore({ ...options, log });
process.send(server.connectionString);
process.on('message', () => server.close().then(() => process.exit(0)));
process.on('disconnect', () => process.exit(0));
`;

/** The server's sources as they are now, made runnable by a process of their own. Run from the repository's root. */
export const buildServer = (): { folder: string; remove: () => void } => {
  const folder = mkdtempSync(join(tmpdir(), 'store-server-'));
  const sources = join(process.cwd(), 'libs', 'event-store-embedded', 'src');
  for (const name of readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((each) =>
    /(?<!\.spec)\.ts$/.test(each),
  )) {
    const { code } = transformSync(readFileSync(join(sources, name), 'utf8'), {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'es6' },
    });
    const target = join(folder, 'src', relative(sources, join(sources, name)).replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'main.js'), MAIN);
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
};

/** A server in a process of its own. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    readonly errors: () => string,
  ) {}

  static start(build: string, options: { folder: string; port?: number }): Promise<ServerProcess> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [join(build, 'main.js'), JSON.stringify(options)], {
        stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      });
      let errors = '';
      child.stderr?.on('data', (chunk) => (errors += chunk));
      child.once('message', (url) => resolve(new ServerProcess(child, String(url), () => errors)));
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${errors}`)));
    });
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  kill(): Promise<void> {
    return this.ended(() => this.child.kill('SIGKILL'));
  }

  stop(): Promise<void> {
    return this.ended(() => this.child.send('stop'));
  }

  private ended(end: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.child.once('exit', () => resolve());
      end();
    });
  }
}
