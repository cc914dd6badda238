import { randomBytes } from 'node:crypto';
import { Forgotten } from '#application';
import { type Destroyed, DestroyedList } from './destroyed-list.js';
import { hmac } from './hmac.js';
import { KeyFile, type StoredKey } from './key-file.js';
import { CannotOpenKeys, type MasterKey, type MasterKeySource, unwrapped, wrapped } from './master-key.js';

/** What derives from one version of a subject's data key: one key for each use, those for rows when they are needed. */
export class SubjectKey {
  readonly event: Buffer;
  readonly mac: Buffer;
  readonly #key: Buffer;
  #ofRows: readonly [key: Buffer, nonces: Buffer] | undefined;

  constructor(
    readonly version: number,
    key: Buffer,
  ) {
    this.#key = key;
    [this.event, this.mac] = derived(key, 'event');
  }

  get row(): Buffer {
    return this.#rows[0];
  }

  get rowNonce(): Buffer {
    return this.#rows[1];
  }

  get #rows(): readonly [Buffer, Buffer] {
    this.#ofRows ??= derived(this.#key, 'row');
    return this.#ofRows;
  }
}

export type KeyPlaces = Readonly<{ keys: string; destroyed: string; log: string }>;

const KEY_BYTES = 32;
const MOST_CACHED = 50_000;
/** A key that another process destroyed is used no longer than this. */
const LOOK_EVERY_MS = 20;
/** So often one that nobody asks for looks too, so that what is remembered goes. */
const IDLE_LOOK_MS = 250;

/** The data keys of all subjects: made, found, rotated and destroyed here and nowhere else. */
export class KeyRing {
  readonly #cache = new Map<string, readonly SubjectKey[]>();
  readonly #listeners = new Set<(subject: string) => void>();
  readonly #timer: NodeJS.Timeout;
  #making: Promise<void> = Promise.resolve();
  #wanted: Set<string> | undefined;
  #looked = 0;
  #rotations = 0;
  /** As last read: they are asked for again when one is missing. */
  #masters: readonly MasterKey[] | undefined;

  private constructor(
    private readonly file: KeyFile,
    private readonly list: DestroyedList,
    private readonly masters: MasterKeySource,
  ) {
    this.#timer = setInterval(() => this.look(), IDLE_LOOK_MS).unref();
  }

  /** Opens the table, and destroys again what a backup brought back. @throws CannotOpenKeys when the master key is another */
  static async open({ keys, destroyed, log }: KeyPlaces, masters: MasterKeySource): Promise<KeyRing> {
    const ring = new KeyRing(await KeyFile.open(keys), new DestroyedList(destroyed, log), masters);
    for (const { subject } of ring.destroyed) await ring.file.destroy(subject);
    return ring;
  }

  /** Whose keys were destroyed, the first one first. */
  get destroyed(): readonly Destroyed[] {
    return this.list.entries;
  }

  /** Hears of each subject that is forgotten, by whichever process, so that nothing of them stays in a memory. */
  onForgotten(listener: (subject: string) => void): void {
    this.#listeners.add(listener);
  }

  isForgotten(subject: string): boolean {
    if (performance.now() - this.#looked > LOOK_EVERY_MS) this.look();
    return this.list.has(subject);
  }

  /** Learns at once which keys other processes destroyed, and made beside those that are known. */
  look(): void {
    this.#looked = performance.now();
    for (const { subject } of this.list.refresh()) {
      this.#cache.delete(subject);
      for (const listener of this.#listeners) listener(subject);
    }
    this.file.refresh();
    if (this.file.rotations !== this.#rotations) this.#cache.clear();
    this.#rotations = this.file.rotations;
  }

  /** Each subject has a key, on disk, when it settles. @throws Forgotten */
  async prepare(subjects: readonly string[]): Promise<void> {
    const missing = subjects.filter((subject) => !this.#versionsOf(subject));
    const forgotten = subjects.find((subject) => this.isForgotten(subject));
    if (forgotten !== undefined) throw new Forgotten(forgotten);
    if (missing.length > 0) await this.#makeFor(missing);
  }

  /** The key that seals what is new; null: the subject is forgotten. @throws when there is none yet */
  current(subject: string): SubjectKey | null {
    if (this.isForgotten(subject)) return null;
    const versions = this.#versionsOf(subject);
    if (versions?.length === 0) return null; // overwritten a moment ago, by another process
    const key = versions?.at(-1);
    if (!key) throw new Error('no key was made for a subject');
    return key;
  }

  /** That version of a subject's key; null: the subject is forgotten; undefined: it is not there. */
  at(subject: string, version: number): SubjectKey | null | undefined {
    if (this.isForgotten(subject)) return null;
    const known = this.#versionsOf(subject)?.[version - 1];
    if (!known) this.look(); // another process may have made it, or overwritten it, a moment ago
    const versions = this.#versionsOf(subject);
    return versions?.length === 0 ? null : versions?.[version - 1];
  }

  /** The subject has had a key, whether or not it was destroyed. */
  knows(subject: string): boolean {
    return this.isForgotten(subject) || this.#storedOf(subject) !== undefined;
  }

  /** From the first line on there is no way back: told to all, then overwritten. Doing it again completes it. */
  async destroy(entry: Omit<Destroyed, 'log'>): Promise<void> {
    await this.list.add(entry);
    await this.file.destroy(entry.subject);
    this.look();
  }

  /** Gives every living subject one more version: what is new is sealed under it. Returns how many. */
  async rotate(): Promise<number> {
    this.file.refresh();
    const living = [...this.file.subjects()].filter((subject) => !this.isForgotten(subject));
    await this.#append(
      living.map((subject) => ({ subject, version: (this.#storedOf(subject) as readonly unknown[]).length + 1 })),
    );
    this.look();
    return living.length;
  }

  /** Wraps every key anew under the first master key. Cut short it is simply done again. Returns how many subjects. */
  async rewrap(): Promise<number> {
    const [master] = this.masters.keys();
    this.file.refresh();
    const subjects = [...this.file.subjects()];
    await this.file.rewrap(subjects, (key) => wrappedBy(master, key, this.#opened(key)));
    // One that was overwritten between being read and being put back lies there again.
    this.look();
    for (const { subject } of this.destroyed) await this.file.destroy(subject);
    return subjects.length;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#making;
    await this.file.close();
  }

  /** One write and one sync for all that is asked for while the last one was under way. */
  #makeFor(missing: readonly string[]): Promise<void> {
    if (this.#wanted) {
      for (const subject of missing) this.#wanted.add(subject);
      return this.#making;
    }
    const wanted = new Set(missing);
    this.#wanted = wanted;
    const making = this.#making.then(async () => {
      this.#wanted = undefined;
      await this.#append([...wanted].map((subject) => ({ subject, version: 1 })));
    });
    this.#making = making.catch(() => undefined); // whoever asked is told
    return making;
  }

  async #append(keys: readonly Named[]): Promise<void> {
    const [master] = this.masters.keys();
    await this.file.append(keys.map((key) => wrappedBy(master, key, randomBytes(KEY_BYTES))));
    // Whoever changed the master key meanwhile has wrapped anew only what was there, and forgets the old one.
    const [latest] = this.masters.keys();
    if (latest.id === master.id) return;
    await this.file.rewrap(
      keys.map(({ subject }) => subject),
      (key) => (key.master === master.id ? wrappedBy(latest, key, unwrapped(master, key.box, about(key))) : key),
    );
  }

  #versionsOf(subject: string): readonly SubjectKey[] | undefined {
    const cached = this.#cache.get(subject);
    if (cached) return cached;
    const versions = this.#storedOf(subject)?.flatMap((key) =>
      key ? [new SubjectKey(key.version, this.#opened(key))] : [],
    );
    if (!versions) return undefined;
    this.#cache.set(subject, versions);
    const [oldest] = this.#cache.keys();
    if (this.#cache.size > MOST_CACHED && oldest !== undefined) this.#cache.delete(oldest);
    return versions;
  }

  #storedOf(subject: string): readonly (StoredKey | null)[] | undefined {
    const found = this.file.find(subject);
    if (found) return found;
    this.file.refresh();
    return this.file.find(subject);
  }

  #opened(key: StoredKey): Buffer {
    const isIt = ({ id }: MasterKey) => id === key.master;
    this.#masters = this.#masters?.some(isIt) ? this.#masters : this.masters.keys();
    const master = this.#masters.find(isIt);
    if (!master)
      throw new CannotOpenKeys(`the master key ${key.master} is not among those given: TOUCHLINE_MASTER_KEY needs it`);
    return unwrapped(master, key.box, about(key));
  }
}

type Named = Pick<StoredKey, 'subject' | 'version'>;

const wrappedBy = (master: MasterKey, { subject, version }: Named, key: Buffer): StoredKey => {
  const box = wrapped(master, key, about({ subject, version }));
  return { subject, version, master: master.id, box };
};

const about = ({ subject, version }: Named): string => `data key|${subject}|${version}`;

const derived = (key: Buffer, use: string): readonly [Buffer, Buffer] => {
  const both = hmac(key, `touchline ${use}`, 'sha512');
  return [both.subarray(0, KEY_BYTES), both.subarray(KEY_BYTES)];
};
