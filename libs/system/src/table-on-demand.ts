import type { Pool } from 'pg';
import { Unavailable } from '#application';
import { inTransaction, type Sql, sqlOver } from '#postgres';

/** Any number, as long as nobody else takes it for an advisory lock. */
const LOCK = 7_316_440_003n;

/** Classes of SQLSTATE that say the statement is wrong; any other failure passes by itself. */
const OURS = /^(21|22|23|42|54)...$/;

/**
 * Statements over a table of ours beside the views, made by `ddl` (`create … if not exists`) before the first of them.
 * Throws `Unavailable` while the database cannot be reached.
 */
export const tableOnDemand = (pool: Pool, ddl: string): Sql => {
  const sql = sqlOver(pool);
  const make = () =>
    inTransaction(pool, async (within) => {
      await within('select pg_advisory_xact_lock($1)', [LOCK]);
      await within(ddl);
    });
  let made: Promise<void> | undefined;
  return async (text, values) => {
    try {
      made ??= make();
      await made.catch((error) => {
        made = undefined;
        throw error;
      });
      return await sql(text, values);
    } catch (error) {
      if (OURS.test(String(Reflect.get(Object(error), 'code')))) throw error;
      throw new Unavailable('PostgreSQL does not answer', { cause: error });
    }
  };
};
