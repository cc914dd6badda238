import type { IndexedEvent } from '../index/event-index.js';
import { categoryOf } from '../index/system-streams.js';

type Poke = () => void;

/** Who wants to know that something was written: to the log, or to one stream. They are told once a group. */
export class Watchers {
  private readonly all = new Set<Poke>();
  private readonly streams = new Map<string, Set<Poke>>();
  private touched = new Set<Poke>();

  /** `onError` is told when someone could not be: the others are all the same. */
  constructor(private readonly onError: (error: unknown) => void) {}

  watchAll(poke: Poke): () => void {
    this.all.add(poke);
    return () => this.all.delete(poke);
  }

  watchStream(stream: string, poke: Poke): () => void {
    const pokes = this.streams.get(stream) ?? new Set();
    this.streams.set(stream, pokes.add(poke));
    return () => {
      pokes.delete(poke);
      if (!pokes.size) this.streams.delete(stream);
    };
  }

  /** Notes an event that has become durable. */
  touch({ stream, type, softDeletes, correlation }: IndexedEvent): void {
    if (!this.streams.size) return;
    const category = categoryOf(softDeletes ?? stream);
    for (const name of [stream, `$ce-${category}`, `$et-${type}`, '$streams', `$bc-${correlation}`])
      for (const poke of this.streams.get(name) ?? []) this.touched.add(poke);
  }

  /** Tells everyone concerned. */
  poke(): void {
    const touched = this.touched;
    this.touched = new Set();
    for (const poke of [...touched, ...this.all]) {
      try {
        poke();
      } catch (error) {
        this.onError(error);
      }
    }
  }
}
