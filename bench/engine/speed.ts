import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { poolOver, startPostgres } from '#postgres';
import { ProjectionEngine } from '#projections';
import { domainMix, factAt } from './array-log.js';
import { crmViews } from './crm.js';

const events = Number(process.argv[3] ?? 45_000);
const folder = await mkdtemp(join(tmpdir(), 'engine-bench-'));
await chmod(folder, 0o711);
const postgres = await startPostgres({ folder });
const pool = poolOver(postgres.url);
const logger = { info: console.log, warn: console.log, error: console.log };
const log = domainMix(events);
const engine = new ProjectionEngine({ log, pool, views: crmViews, logger });
await engine.start();
const from = performance.now();
let extra = 0;
const writer = setInterval(() => {
  const late = { stream: `booking-x${extra}`, customer: `late-${extra % 50}`, type: 'BookingPlaced', on: '2011-12-09' };
  log.append(factAt(events + extra, late));
  extra += 1;
}, 10);
await engine.settled();
const seconds = (performance.now() - from) / 1000;
clearInterval(writer);
console.log(
  `catch-up: ${events} events through ${crmViews.length + 1} views in ${seconds.toFixed(2)} s, ${Math.round(events / seconds)}/s, ${extra} appended meanwhile`,
);
await engine.settled();
const again = performance.now();
const rebuilt = await engine.rebuild([...engine.kept.keys()]);
const rebuildSeconds = (performance.now() - again) / 1000;
console.log(
  `rebuild: ${rebuildSeconds.toFixed(2)} s, ratio to catch-up ${(seconds / rebuildSeconds).toFixed(2)}`,
  rebuilt.map(({ view, rows, differences }) => `${view} ${rows} ${differences}`).join(', '),
);
console.log(process.cpuUsage());
console.log(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
await engine.stop();
await pool.end();
await postgres.stop({ found: true });
await rm(folder, { recursive: true, force: true });
