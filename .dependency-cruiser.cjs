const lib = (name) => `^libs/${name}/src`;
const [kernel, domain, views] = [lib('kernel'), lib('domain'), lib('read-models')];
const vocabulary = `${domain}/(vocabulary|relationship|policies|company|reactions)/`;
const slice = `${domain}/(?!vocabulary/|relationship/|policies/|company/|reactions/)([^/]+)/`;
const reactions = `${domain}/reactions/`;
const spec = '\\.spec\\.ts$';
const tests = [spec, '^test/', '^bench/', '^libs/testing/', '^libs/[^/]+/test/'];
const npm = (...names) => `(^|/)node_modules/(${names.join('|')})(/|$)`;
const validator = npm('class-validator');
const temporal = npm('temporal-polyfill');
const infrastructure = '^libs/(event-store|event-store-embedded|postgres|privacy|projections)/';

/** Who may not reach whom: a room's place in the house is what it may depend on. */
const walls = [
  ['kernel-stands-alone', { path: kernel, pathNot: spec }, { pathNot: kernel }],
  ['analytics-stands-alone', { path: lib('analytics'), pathNot: spec }, { pathNot: lib('analytics') }],
  [
    'access-knows-no-customer',
    { path: lib('access'), pathNot: spec },
    { pathNot: [lib('access'), kernel, npm('jose'), '^(node:)?(crypto|fs/promises)$'] },
  ],
  ['domain-is-pure', { path: domain, pathNot: spec }, { pathNot: [domain, kernel, validator, temporal] }],
  [
    'rules-stay-in-declarations',
    { path: domain, pathNot: ['\\.messages\\.ts$', vocabulary, spec] },
    { path: validator },
  ],
  ['one-calendar', { path: '^(libs|apps)/', pathNot: ['/vocabulary/calendar\\.ts$', spec] }, { path: temporal }],
  ['slices-are-strangers', { path: slice }, { path: slice, pathNot: `${domain}/$1/` }],
  ['reactions-speak-in-messages', { path: reactions, pathNot: spec }, { path: slice, pathNot: '\\.messages\\.ts$' }],
  [
    'projections-are-pure',
    { path: '\\.projection\\.ts$' },
    { pathNot: [kernel, domain, lib('analytics'), `${views}/company\\.context\\.ts$`, '\\.projection\\.ts$'] },
  ],
  ['views-are-strangers', { path: `${views}/([^/]+)/` }, { path: `${views}/([^/]+)/`, pathNot: `${views}/$1/` }],
  [
    'application-owns-its-ports',
    { path: lib('application'), pathNot: spec },
    { path: '^libs/(event-store|event-store-embedded|postgres|projections|read-models|system)/' },
  ],
  ['infrastructure-knows-no-customer', { path: infrastructure, pathNot: spec }, { path: [domain, views] }],
  [
    'drivers-stay-below',
    { pathNot: ['^libs/(event-store|event-store-embedded|postgres)/', '^bench/', '^test/'] },
    { path: npm('pg', '@eventstore/db-client', '@grpc'), dependencyTypesNot: ['type-only'] },
  ],
  ['who-asks-is-handed-along', { path: '^(apps|libs)/' }, { path: '^(node:)?async_hooks$' }],
  ['libs-know-no-app', { path: '^libs/' }, { path: '^apps/' }],
  ['apps-are-strangers', { path: '^apps/([^/]+)/' }, { path: '^apps/([^/]+)/', pathNot: '^apps/$1/' }],
  [
    'front-door-only',
    { path: '^(apps|libs|test|bench)/([^/]+)/' },
    { path: '^libs/.+', pathNot: ['/src/index\\.ts$', '^libs/[^/]+/test/', '^$1/$2/'] },
  ],
  ['no-self-barrel', { path: '^libs/([^/]+)/src/' }, { path: '^libs/$1/src/index\\.ts$' }],
  ['tests-are-not-for-sale', { pathNot: tests }, { path: tests }],
  ['no-circles', {}, { circular: true }],
  ['nothing-unresolved', {}, { couldNotResolve: true }],
];

module.exports = {
  forbidden: walls.map(([name, from, to]) => ({ name, severity: 'error', from, to })),
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
    },
  },
};
