import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

it('a connection that breaks while appends wait to be written tells each of them; what nobody hears is an echo', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['dist/test/reliability/stalled-connection.js']);
  const { told, echoes, others } = JSON.parse(stdout);
  expect([told, others]).toEqual([300, 0]);
  expect(echoes).toBeGreaterThan(0);
}, 60_000);
