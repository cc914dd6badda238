import { type ChildProcess, fork } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { placeOf } from '#system';

/** A server in a process of its own with the real client, unwrapped. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly client: EventStoreDBClient,
  ) {}

  /** `script` in this folder: `serve-embedded.mjs <folder>` or `do-nothing.mjs`. */
  static start(script: string, ...args: readonly string[]): Promise<ServerProcess> {
    return new Promise((resolve, reject) => {
      const child = fork(placeOf(join('bench/store', script)), args);
      child.once('message', (url) => {
        resolve(new ServerProcess(child, EventStoreDBClient.connectionString(String(url))));
      });
      child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)));
    });
  }

  /** Processor seconds it has used (Linux). */
  get processorSeconds(): number {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** Memory that belongs to it alone (Linux). */
  get anonymousMegabytes(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'latin1');
    return Math.round(Number(/RssAnon:\s+(\d+)/.exec(status)?.[1]) / 1024);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    await Promise.race([this.client.dispose(), new Promise((resolve) => setTimeout(resolve, 500))]);
    this.child.send('stop');
    await ended;
  }
}

export const bytesIn = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
