import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from './place.js';

describe('making a folder', () => {
  it('makes those above it too, for its owner only, and any number at once', async () => {
    const above = await mkdtemp(join(tmpdir(), 'place-'));
    const folder = join(above, 'a', 'b');
    await Promise.all([makeFolder(folder), makeFolder(folder), makeFolder(folder)]);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await rm(above, { recursive: true });
  });

  it('says so where nothing can be made', async () => {
    await expect(makeFolder('/proc/nope/data')).rejects.toThrow('/proc/nope');
  });
});
