import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localAdministrator, rolesOf } from '#access';
import { readStatus, waitFor } from '#projections';
import { leaveStores, localTokensIn, loggerFor, openSession, readSettings, rolesKnownTo, type Session } from '#system';
import { BuiltCli, type Ended, type Staying } from '../cli/built-cli.js';
import { Doors } from './doors.js';

/** `touchline start` over a folder of its own, everything it says, and what stands beside it. */
export class WholeSystem {
  readonly folder = mkdtempSync(join(tmpdir(), 'canary-'));
  readonly data = join(this.folder, 'data');
  readonly cli: BuiltCli;
  /** What was said on standard output and error, of the system and of verbs that show nothing of anybody. */
  readonly outputs: string[] = [];
  private running: Staying | undefined;
  private opened: Session | undefined;
  private entered: Doors | undefined;

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.cli = new BuiltCli(this.data, { TOUCHLINE_ZONE: 'UTC', TOUCHLINE_CURRENCY: 'EUR', ...env });
  }

  get session(): Session {
    return this.opened as Session;
  }

  get doors(): Doors {
    return this.entered as Doors;
  }

  get destroyedKeys(): string {
    return `${this.data}.destroyed-keys`;
  }

  async start(): Promise<void> {
    mkdirSync(join(this.data, 'postgres'), { recursive: true, mode: 0o711 });
    // The user PostgreSQL runs as walks through them.
    for (const path of [this.folder, this.data]) await chmod(path, 0o711);
    this.running = await this.cli.stay(/Ctrl-C/, 'start');
    const settings = readSettings({ TOUCHLINE_DATA: this.data });
    const who = localAdministrator(rolesOf(await rolesKnownTo(settings)));
    const token = await (await localTokensIn(this.data))?.issue(who, 'access', 3600);
    const [, url = ''] = /API and console\s+(\S+)/.exec(this.running.out) ?? [];
    this.entered = new Doors(url, `Bearer ${token}`);
    this.opened = await openSession(settings, loggerFor('test', 'silent'));
  }

  async stop(): Promise<number | null> {
    await this.session.close();
    await leaveStores(this.session.stores);
    const { running } = this;
    this.running = undefined;
    const code = (await running?.end()) ?? null;
    this.outputs.push(running?.out ?? '', running?.err ?? '');
    return code;
  }

  async remove(): Promise<void> {
    if (this.running) await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A verb that shows nothing of anybody. */
  async quietly(...words: readonly string[]): Promise<Ended> {
    const ended = await this.cli.run(...words);
    this.outputs.push(ended.out, ended.err);
    return ended;
  }

  /** Settles when every view has seen what is recorded now. */
  async seen(): Promise<void> {
    const { sql, store } = this.session;
    const head = (await store.head()) as bigint;
    const views = (await readStatus(sql)).map(({ view }) => view);
    const all = await Promise.all(views.map((view) => waitFor(sql, view, head, 20_000)));
    if (all.includes(false)) throw new Error('the views have not seen it in time');
  }
}
