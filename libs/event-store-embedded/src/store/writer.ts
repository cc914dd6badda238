import type { Write, Written } from './append.js';
import type { Events } from './events.js';
import type { RecentIds } from './recent-ids.js';
import { StagedGroup } from './staged-group.js';

const MAX_GROUP_BYTES = 4 * 1024 * 1024;

type Queued = Readonly<{ write: Write; done: (written: Written) => void }>;

/** The only one who writes. What arrives while a group is on its way to the disk becomes the next group. */
export class Writer {
  private queue: Queued[] = [];
  private running = false;
  private halted: Error | undefined;
  private readonly group: StagedGroup;
  private idle: (() => void) | undefined;

  constructor(
    private readonly events: Events,
    recent: RecentIds,
    private readonly onDurable: () => void,
    private readonly onFailure: (error: Error) => void,
  ) {
    this.group = new StagedGroup(events, recent);
  }

  /** `done` is called when the write is durable, or refused. */
  write(write: Write, done: (written: Written) => void): void {
    this.queue.push({ write, done });
    if (this.running) return;
    this.running = true;
    setImmediate(() => void this.run());
  }

  /** Resolves when nothing is on its way any more. */
  async finished(): Promise<void> {
    if (this.running) await new Promise<void>((resolve) => (this.idle = resolve));
  }

  private async run(): Promise<void> {
    while (this.queue.length) await this.writeGroup();
    this.running = false;
    this.idle?.();
  }

  private async writeGroup(): Promise<void> {
    const answers = this.stageNext();
    const failure = await this.commit(answers.length === 1 && !this.queue.length);
    for (const { queued, written } of answers) {
      const changed = written.outcome === 'written' || written.outcome === 'repeated';
      this.answer(queued, failure && changed ? { outcome: 'failed', error: failure } : written);
    }
  }

  /** Whoever cannot take the answer must not keep the others from theirs. */
  private answer({ done }: Queued, written: Written): void {
    try {
      done(written);
    } catch (error) {
      this.onFailure(error as Error);
    }
  }

  private stageNext(): { queued: Queued; written: Written }[] {
    this.group.begin();
    const answers: { queued: Queued; written: Written }[] = [];
    let taken = 0;
    while (taken < this.queue.length && this.group.records.length < MAX_GROUP_BYTES) {
      const queued = this.queue[taken++] as Queued;
      answers.push({ queued, written: this.stage(queued.write) });
    }
    this.queue = taken === this.queue.length ? [] : this.queue.slice(taken);
    return answers;
  }

  private stage(write: Write): Written {
    try {
      return this.group.stage(write);
    } catch (error) {
      return { outcome: 'failed', error: error as Error };
    }
  }

  private async commit(alone: boolean): Promise<Error | undefined> {
    const { records } = this.group;
    if (!records.length || this.halted) return this.halted;
    try {
      await this.events.log.append(records, alone);
    } catch (error) {
      this.onFailure(error as Error);
      return error as Error;
    }
    try {
      records.each((body, position) => this.events.add(body, position));
    } catch (error) {
      this.halted = new Error(`the index no longer follows the log, nothing more is written until a restart: ${error}`);
      this.onFailure(this.halted);
      return this.halted;
    }
    this.group.keepIds();
    this.onDurable();
    return undefined;
  }
}
