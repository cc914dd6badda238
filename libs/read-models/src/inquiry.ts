import { Query } from '@nestjs/cqrs';
import type { Asking } from '#access';

/** A question, and who asks it: there is none that nobody asks. What is assigned to its fields changes no asker. */
export abstract class Inquiry<Answer> extends Query<Answer> {
  readonly #asking: Asking;

  constructor(asking: Asking) {
    super();
    this.#asking = asking;
  }

  get asking(): Asking {
    return this.#asking;
  }
}
