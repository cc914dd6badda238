import { HouseCopy } from '#testing';

type Named = Readonly<{ name: string }>;
type Report = Readonly<{
  modules: readonly { source: string }[];
  summary: { violations: readonly { rule: Named; from: string }[]; ruleSetUsed: { forbidden: readonly Named[] } };
}>;

/** One breach for every wall: where it is planted, and what it imports. */
const breaches: Readonly<Record<string, readonly [file: string, imported: string]>> = {
  'kernel-stands-alone': ['libs/kernel/src/planted.ts', 'rxjs'],
  'analytics-stands-alone': ['libs/analytics/src/planted.ts', '#kernel'],
  'access-knows-no-customer': ['libs/access/src/planted.ts', '#domain'],
  'domain-is-pure': ['libs/domain/src/callbacks/planted.ts', '@nestjs/common'],
  'rules-stay-in-declarations': ['libs/domain/src/callbacks/planted-rule.ts', 'class-validator'],
  'one-calendar': ['libs/domain/src/callbacks/planted-time.ts', 'temporal-polyfill'],
  'slices-are-strangers': ['libs/domain/src/bookings/planted.ts', '../callbacks/callback.messages.js'],
  'reactions-speak-in-messages': ['libs/domain/src/reactions/planted.ts', '../callbacks/callback.decider.js'],
  'projections-are-pure': ['libs/read-models/src/planted/planted.projection.ts', '#postgres'],
  'views-are-strangers': ['libs/read-models/src/planted/planted.query.ts', '../lifecycle/lifecycle.table.js'],
  'application-owns-its-ports': ['libs/application/src/planted.ts', '#read-models'],
  'infrastructure-knows-no-customer': ['libs/postgres/src/planted.ts', '#domain'],
  'drivers-stay-below': ['libs/read-models/src/planted/planted.table.ts', 'pg'],
  'who-asks-is-handed-along': ['libs/system/src/planted.ts', 'node:async_hooks'],
  'libs-know-no-app': ['libs/testing/src/planted.ts', '../../../apps/api/src/routes.js'],
  'apps-are-strangers': ['apps/planted/src/main.ts', '../../api/src/routes.js'],
  'front-door-only': ['apps/api/src/planted.ts', '../../../libs/domain/src/slices.js'],
  'no-self-barrel': ['libs/postgres/src/planted-barrel.ts', './index.js'],
  'tests-are-not-for-sale': ['apps/api/src/planted-test.ts', '#testing'],
  'no-circles': ['libs/postgres/src/planted-circle.ts', './planted-circle.js'],
  'nothing-unresolved': ['test/planted.ts', './nowhere.js'],
};

describe('the walls of the house', () => {
  const house = new HouseCopy();
  afterAll(() => house.remove());
  const cruise = (): Report =>
    JSON.parse(
      house.run('depcruise', '--config', '.dependency-cruiser.cjs', '-T', 'json', 'apps', 'libs', 'test', 'bench'),
    );

  it('stand, around every file there is', () => {
    const { modules, summary } = cruise();
    const cruised = modules
      .map(({ source }) => source)
      .filter((source) => /^(apps|libs|test|bench)\/.*\.ts$/.test(source));
    expect(cruised.length).toBeGreaterThan(150);
    expect(cruised.sort()).toEqual([...house.sources()].sort());
    expect(summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`)).toEqual([]);
  });

  it('each catch what is planted against them', () => {
    for (const [file, imported] of Object.values(breaches)) house.plant(file, `export * from '${imported}';`);
    const { violations, ruleSetUsed } = cruise().summary;
    const caught = violations.map(({ rule, from }) => `${rule.name}: ${from}`);
    const planted = Object.entries(breaches).map(([wall, [file]]) => `${wall}: ${file}`);
    expect(caught).toEqual(expect.arrayContaining(planted));
    expect(ruleSetUsed.forbidden.map(({ name }) => name)).toEqual(Object.keys(breaches));
  });
});
