import { inTransaction, sqlOver } from '#postgres';
import { Rig } from '../test/rig.js';
import { prepareTables } from './tables.js';

describe('tables that are there', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
  });
  afterAll(() => rig.stop());

  it('are looked at while others write to them, and keep nobody waiting', async () => {
    const pool = rig.pool(`${await rig.database()}&options=-c%20lock_timeout%3D500ms`);
    const prepare = () => prepareTables(pool, [], async () => null);
    await prepare();
    const sql = sqlOver(pool);
    const tables = await sql<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = current_schema() and tablename like 'projection%'`,
    );
    expect(tables.length).toBeGreaterThanOrEqual(7);
    await inTransaction(pool, async (writing) => {
      for (const { name } of tables) await writing(`lock table "${name}" in row exclusive mode`);
      await prepare();
      const waits = sql('alter table projection_intents add column if not exists told jsonb');
      await expect(waits).rejects.toThrow('lock timeout');
    });
  });
});
