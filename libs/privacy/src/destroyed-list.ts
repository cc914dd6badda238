import { readFileSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Actor } from '#kernel';

/** Whose keys were destroyed, when, by whom and why. */
export type Destroyed = Readonly<{ log: string; subject: string; at: string; by: Actor; reason?: string }>;

/**
 * Whose keys were destroyed: one JSON object a line, only ever added to. It lies outside every backup, so that a key that
 * comes back with one is destroyed again.
 */
export class DestroyedList {
  readonly #entries = new Map<string, Destroyed>();
  #size = 0;

  constructor(
    private readonly path: string,
    private readonly log: string,
  ) {
    this.refresh();
  }

  has(subject: string): boolean {
    return this.#entries.has(subject);
  }

  get entries(): readonly Destroyed[] {
    return [...this.#entries.values()];
  }

  /** Learns what other processes added, and returns it. Cheap when there is nothing. */
  refresh(): readonly Destroyed[] {
    const size = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
    if (size === this.#size) return [];
    const lines = readFileSync(this.path, 'utf8').split('\n');
    this.#size = size;
    const news = lines.flatMap(entryIn).filter(({ log, subject }) => log === this.log && !this.#entries.has(subject));
    for (const entry of news) this.#entries.set(entry.subject, entry);
    return news;
  }

  /** On disk when it returns: from then on there is no way back. */
  async add(entry: Omit<Destroyed, 'log'>): Promise<void> {
    this.refresh();
    if (this.has(entry.subject)) return;
    const file = await open(this.path, 'a', 0o600);
    try {
      await file.appendFile(`\n${JSON.stringify({ log: this.log, ...entry })}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
  }
}

/** None in a line that is still being written, or was cut off and never counted: it may end anywhere, after a brace too. */
const entryIn = (line: string): readonly Destroyed[] => {
  if (!line.endsWith('}')) return [];
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
};
