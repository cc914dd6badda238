import { setTimeout as pause } from 'node:timers/promises';
import { type Core, openCore, react } from '#system';
import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

describe('a promise of another call', () => {
  let system: RunningSystem;
  let core: Core;
  beforeAll(async () => {
    system = await startRunningSystem({ clock: '2026-03-02', zone: 'UTC' });
    core = await openCore(system.session);
  });
  afterAll(async () => {
    await core?.close();
    await system.stop();
  });

  const window = { from: '2026-03-02T00:00:00.000Z', to: '2026-03-05T11:00:00.000Z' };
  const callbacks = async () => (await system.api.get('/v1/callbacks')).body.items;
  const until = async (holds: () => Promise<boolean>) => {
    for (const end = performance.now() + 10_000; performance.now() < end; await pause(20)) if (await holds()) return;
    throw new Error('it did not happen in time');
  };
  const reacting = async (work: () => Promise<void>) => {
    const stop = new AbortController();
    const running = react(system.session, core.decide, stop.signal);
    await work();
    stop.abort();
    await running;
  };

  it('becomes a callback, once, however often the fact is told', async () => {
    const requester = (await system.api.post('/v1/customers', { name: 'Ann' })).body.id;
    const { id } = (await system.api.post('/v1/callbacks', { requester, topic: 'invoice', windows: [window] })).body;
    const done = await system.api.post(`/v1/callbacks/${id}/complete`, { callAgain: window });
    expect(done.body.events).toEqual(['CallbackCompleted']);

    await reacting(() => until(async () => (await callbacks()).length === 2));
    const head = await system.session.store.head();
    const second = (await callbacks()).find((one: { id: string }) => one.id !== id);
    expect(second).toMatchObject({ requester, topic: 'invoice', status: 'due' });

    await system.session.sql('delete from reaction_checkpoint');
    await reacting(() =>
      until(async () => (await system.session.sql('select 1 from reaction_checkpoint')).length === 1),
    );
    expect(await system.session.store.head()).toBe(head);
  });
});
