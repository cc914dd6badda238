import { Inject, Injectable } from '@nestjs/common';
import type { Asking } from '#access';
import { NEVER_OPENED } from '#application';
import { UUID } from '#domain';
import { SQL, type Sql } from '#postgres';
import { outOfScope } from '#read-models';
import { Problem } from './problem.js';

/** A customer is named of whom the caller may not know. */
const UNKNOWN_CUSTOMER = 'unknown-customer';

/** Nobody acts on customers who are not theirs to know. */
@Injectable()
export class RowScope {
  constructor(@Inject(SQL) private readonly sql: Sql) {}

  /**
   * Throws a 404 where whoever asks may say nothing to that instance, or not about somebody whose id stands in what is
   * said: as if they were not there.
   */
  async assertTheirs(asking: Asking, category: string, id: string | undefined, said: object): Promise<void> {
    const why = await outOfScope(this.sql, asking, { category, id, named: () => idsIn(said) });
    if (why !== undefined) throw new Problem(404, why === 'stream' ? NEVER_OPENED : UNKNOWN_CUSTOMER);
  }
}

/** Every id in a message: whose it is shows only where it is looked up. */
const idsIn = (said: unknown): readonly string[] => {
  if (typeof said === 'string') return UUID.test(said) ? [said] : [];
  return said === null || typeof said !== 'object' ? [] : Object.values(said).flatMap(idsIn);
};
