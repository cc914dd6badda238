import { setTimeout as pause } from 'node:timers/promises';
import { poolOver } from '#postgres';
import { keepHeapSmall, type Log, type Logger, ProjectionEngine } from '#projections';
import { watchBatches } from '../../../libs/projections/test/batches.js';
import { openLog } from './open-log.js';
import type { Armed, FromNight, LogBug, Orders, ToNight } from './projector.js';
import { views } from './views.js';

// A projector in a process of its own, which stands still where it is told to, to be killed there.

keepHeapSmall();
const orders: Orders = JSON.parse(String(process.argv[2]));
// Whoever started it may be gone.
const say = (message: FromNight) => process.send?.(message, undefined, undefined, () => undefined);

let armed: Armed | null = orders.armed ?? null;
let goOn = () => {};
/** It stood still, and what it does then is late. */
let isLate = false;
const pool = poolOver(orders.databaseUrl, { applicationName: orders.name, max: 8 });
watchBatches(pool, {
  bug: orders.bug ?? null,
  at: (moment, client) => {
    if (armed === 'COMMIT under way' && moment === 'before COMMIT') {
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), Math.random() * 2);
      return;
    }
    if (moment === 'after COMMIT') late(false);
    if (moment !== armed) return;
    armed = null;
    say({ kind: 'at', backend: Number(Reflect.get(client, 'processID')) });
    return new Promise<void>((resolve) => {
      goOn = resolve;
    });
  },
});

const late = (isRefused: boolean) => {
  if (isLate) say({ kind: 'late', isRefused });
  isLate = false;
};

/** Waits until there is something to be missed, so that whoever begins there always misses it. */
const headBeyond = async (log: Log, after: bigint): Promise<bigint> => {
  const head = await log.head();
  return head !== null && head > after ? head : headBeyond(log, after);
};

const hoard: unknown[] = [];
/** The log, or one that forgets where it was asked to begin, or one of which nothing is ever let go. */
const withBug = (log: Log, bug: LogBug | undefined): Log => {
  if (!bug) return log;
  const follow: Log['follow'] = async function* ({ after, signal }) {
    const from = bug === 'begins at the head' && after !== null ? await headBeyond(log, after) : after;
    for await (const entry of log.follow({ after: from, signal })) {
      if (bug === 'lets nothing go') hoard.push(entry, Buffer.alloc(4_000, 1));
      yield entry;
    }
  };
  return { ...log, follow };
};

const tell = (fields: object, message: string) => {
  const text = `${message}: ${String(Reflect.get(fields, 'error'))}`;
  say({ kind: 'warned', text });
  if (text.startsWith('Views fall back')) late(true);
  if (orders.givesUp) process.exit(1);
};
const logger: Logger = { info: () => undefined, warn: tell, error: tell };
const { store, log } = openLog(orders.storeUrl);
const engine = new ProjectionEngine({
  log: withBug(log, orders.logBug),
  pool,
  views,
  logger,
  shared: orders.shared ?? false,
});

const obey: { [Kind in ToNight['kind']]: (order: Extract<ToNight, { kind: Kind }>) => Promise<void> | void } = {
  go: async () => {
    await engine.start();
    say({ kind: 'going' });
  },
  arm: (order) => {
    armed = order.armed;
  },
  on: () => {
    isLate = true;
    goOn();
  },
  memory: async () => {
    // What one collection leaves may go with the next: finalizers, and timers that hold the last batch.
    const found: number[] = [];
    for (let collections = 0; collections < 10; collections++) {
      globalThis.gc?.();
      const { heapUsed, external } = process.memoryUsage();
      found.push(heapUsed + external);
      await pause(50);
    }
    say({ kind: 'memory', bytes: Math.min(...found) });
  },
  stop: async () => {
    await engine.stop();
    await store.close();
    await pool.end();
    process.disconnect();
  },
};
process.on('message', (order: ToNight) => obey[order.kind](order as never));
process.on('disconnect', () => process.exit(0));
say({ kind: 'warm' });
