import { diskAndClock } from './disk-and-clock.js';
import { damageFiles, killUnderWriters } from './faults.js';

describe('faults', () => {
  it('kill -9 under writers loses, doubles and changes nothing that was acknowledged', async () => {
    const report = await killUnderWriters({ kills: 5, writers: 32, seed: 7 });
    expect(report).toMatchObject({ lost: 0, doubled: 0, differing: 0, holds: true });
  });

  it('a flipped bit or a file cut short is refused, named or without effect', async () => {
    const report = await damageFiles({ flips: 60, truncations: 20, seed: 7 });
    expect(report).toMatchObject({ lost: 0, doubled: 0, differing: 0, holds: true });
  });

  const trouble = { seed: 7, fills: 2, jumps: 2, writers: 8, lastsMs: 100 };
  it('a full disk and a clock that jumps lose, double and change nothing, and appends go on by themselves', async () => {
    expect(await diskAndClock(trouble)).toMatchObject({ lost: 0, doubled: 0, differing: 0, holds: true });
  });

  it('would be noticed: a refusal that is taken for an acknowledgement', async () => {
    const { lost, holds } = await diskAndClock({ ...trouble, fills: 1, jumps: 0, believe: true });
    expect(holds).toBe(false);
    expect(lost).toBeGreaterThan(0);
  });
});
