import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Unavailable } from '#application';
import { defaultRoles, type Roles } from '#domain';
import { InMemoryEventStore, someMeta } from '#testing';
import { loggerFor } from './logger.js';
import { StreamedPolicies } from './policy-book.js';
import { CannotReadRoles, RolesInForce, rolesKnownTo } from './roles-in-force.js';
import { readSettings } from './settings.js';

const NOW = '2026-03-01T09:00:00.000Z';
const LATER = '2026-03-01T10:00:00.000Z';
const without = (action: string): Roles => ({ ...defaultRoles, actions: { ...defaultRoles.actions, [action]: [] } });

let data: string;
let store: InMemoryEventStore;
let now: string;
let elapsed: number;
let isAway: boolean;
const opened: RolesInForce[] = [];

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'touchline-roles-'));
  store = new InMemoryEventStore();
  [now, elapsed, isAway] = [NOW, 0, false];
});
afterEach(() => {
  for (const roles of opened.splice(0)) roles.close();
  rmSync(data, { recursive: true });
});

const publish = (body: object, more: object = {}) => {
  const version = store.log.length + 1;
  const said = { kind: 'roles', id: 'default', version, effectiveFrom: NOW, body, ...more };
  const fact = { id: `roles-${version}`, type: 'PolicyPublished', data: said, meta: someMeta, customers: [] };
  return store.append('policy-roles.default', BigInt(version) - 2n, [fact]);
};

/** As a process of its own has them. */
const open = async () => {
  const streamed = new StreamedPolicies(store);
  const policies = {
    effectiveAt: async (name: string, instant: string) => {
      if (isAway) throw new Unavailable('the event store is away');
      return streamed.effectiveAt(name, instant);
    },
  };
  const parts = { policies, data, clock: { now: () => now }, elapsed: () => elapsed };
  const roles = await RolesInForce.open({ ...parts, logger: loggerFor('test', 'silent') } as never);
  opened.push(roles);
  return roles;
};

describe('the roles in force', () => {
  it('are another version for every process, without a start', async () => {
    await publish(defaultRoles);
    const [one, other] = [await open(), await open()];
    const { policy } = one;
    await one.refresh();
    // The same object: what was made of it is remembered.
    expect(one.policy.body).toBe(policy.body);
    await publish(without('AtRisk'));
    for (const roles of [one, other]) {
      await roles.refresh();
      expect(roles.policy).toEqual({ version: 2, body: without('AtRisk') });
    }
  });

  it('are looked for by themselves', async () => {
    await publish(defaultRoles);
    const asked = jest.spyOn(store, 'read');
    const roles = await open();
    const before = asked.mock.calls.length;
    await new Promise<void>((seen) => {
      asked.mockImplementation((...question) => {
        seen();
        return InMemoryEventStore.prototype.read.apply(store, question);
      });
    });
    expect(asked.mock.calls.length).toBeGreaterThan(before);
    roles.close();
  });

  it('come when they are said to', async () => {
    await publish(defaultRoles);
    await publish(without('AtRisk'), { effectiveFrom: LATER });
    const roles = await open();
    expect(roles.policy.version).toBe(1);
    now = LATER;
    await roles.refresh();
    expect(roles.policy.version).toBe(2);
  });

  it('are left in a copy for who comes before the log does', async () => {
    const settings = readSettings({ TOUCHLINE_DATA: data });
    expect(await rolesKnownTo(settings)).toEqual({ version: 1, body: defaultRoles });
    await publish(defaultRoles);
    const roles = await open();
    await publish(without('AtRisk'));
    await roles.refresh();
    expect(await rolesKnownTo(settings)).toEqual({ version: 2, body: without('AtRisk') });
    expect(JSON.parse(readFileSync(join(data, 'roles.json'), 'utf8')).version).toBe(2);
  });
});

describe('roles that cannot be read', () => {
  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['there are none', async () => undefined, /no version of roles.default is in force/],
    [
      'they come later',
      () => publish(defaultRoles, { effectiveFrom: LATER }),
      /no version of roles.default is in force/,
    ],
    ['a later release wrote them', () => publish(defaultRoles, { schema: 2 }), /later release reads/],
    ['they are none', () => publish({ roles: {}, actions: {} }), /roles.default@1 holds no roles .*\/roles /],
  ])('stop the start: %s', async (_, prepare, why) => {
    await prepare();
    await expect(open()).rejects.toThrow(CannotReadRoles);
    await expect(open()).rejects.toThrow(why);
  });

  it('stop the start while the log is away', async () => {
    await publish(defaultRoles);
    isAway = true;
    await expect(open()).rejects.toThrow('the event store is away');
  });

  it('are gone by for ten minutes where the log is away, and not for longer', async () => {
    await publish(defaultRoles);
    const roles = await open();
    isAway = true;
    for (const [time, isCurrent] of [
      [600_000, true],
      [600_001, false],
    ] as const) {
      elapsed = time;
      await roles.refresh();
      expect([time, roles.isCurrent]).toEqual([time, isCurrent]);
    }
    isAway = false;
    await roles.refresh();
    expect(roles.isCurrent).toBe(true);
  });

  it('are gone by no longer once a later release has published', async () => {
    await publish(defaultRoles);
    const roles = await open();
    await publish(defaultRoles, { schema: 2 });
    await roles.refresh();
    expect(roles.isCurrent).toBe(false);
    // The log away for a moment does not make them readable.
    isAway = true;
    await roles.refresh();
    expect(roles.isCurrent).toBe(false);
  });
});
