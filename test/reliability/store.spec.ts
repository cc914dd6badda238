import { storeFallsSilent, storeRestarts } from './store-away.js';

/** `npm run test:reliability -- R5-store R6-store` in short. */
describe('when the event store goes away', () => {
  const away = { seed: 1, times: 2, writers: 4, fromMs: 200, toMs: 600 };
  const holds = { lost: 0, doubled: 0, differing: 0, holds: true };
  jest.setTimeout(120_000);

  it('and comes back, every command is answered and stands once, and who followed it follows on', async () => {
    expect(await storeRestarts(away)).toMatchObject(holds);
  });

  it('and takes calls without answering, the same', async () => {
    expect(await storeFallsSilent({ ...away, toMs: 400 })).toMatchObject(holds);
  });

  it('would be noticed: an acknowledgement without its fact', async () => {
    expect(await storeRestarts({ ...away, times: 1, forge: true })).toMatchObject({ lost: 2, holds: false });
  });
});
