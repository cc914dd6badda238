// A process that keeps the views of the benchmarks, to be measured or killed from outside:
// node keeper.js <database> <store> settle|follow <view>,…
import { keepHeapSmall } from '#projections';
import { engineOver } from './bed.js';
import { crmViews } from './views.js';

keepHeapSmall();
const [url = '', storeUrl = '', task, names = ''] = process.argv.slice(2);
const views = crmViews.filter(({ projection }) => names.split(',').includes(projection.name));
const { engine, end } = engineOver(url, storeUrl, { views, shared: task === 'follow' });
await engine.prepare();
await engine.start();
if (task === 'settle') {
  await engine.settled();
  // Kilobytes, at its highest.
  process.send?.(process.resourceUsage().maxRSS / 1024);
  await end();
  process.disconnect();
} else process.send?.('started');
