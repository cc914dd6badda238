import type { Answer, Asked, Keyed, StoredAnswers } from '#system';
import { keyReused, Problem } from './problem.js';

export const ANSWERED_ONCE = Symbol('AnsweredOnce');

/** A write under a key is done once and answered alike however often it is said. */
export class AnsweredOnce {
  /** What is under way in this process: what was said, by its key. */
  private readonly running = new Map<string, string>();

  constructor(private readonly stored: Pick<StoredAnswers, 'asked' | 'find' | 'keep'>) {}

  /** Without a key the work is just done. Throws a 422 for a key that said something else, a 409 while the first one runs. */
  answer(keyed: Keyed | undefined, work: () => Promise<Answer>): Promise<Answer> {
    return keyed ? this.once(this.stored.asked(keyed), work) : work();
  }

  private async once(asked: Asked, work: () => Promise<Answer>): Promise<Answer> {
    const { said, content } = asked;
    const underWay = this.running.get(said);
    if (underWay !== undefined) throw underWay === content ? stillRunning() : keyReused();
    this.running.set(said, content);
    try {
      const standing = (await this.stored.find(asked)) ?? (await this.stored.keep(asked, await work()));
      if (standing.content !== content) throw keyReused();
      return standing;
    } finally {
      this.running.delete(said);
    }
  }
}

const stillRunning = () => new Problem(409, 'still-running', undefined, { 'retry-after': '1' });
