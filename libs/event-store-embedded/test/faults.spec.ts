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
});
