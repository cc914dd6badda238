// Adds to package-lock.json the builds for other platforms that a registry did not serve when the lock was written:
// without them `npm ci` refuses the lock everywhere. Run it after each `npm install <package>`.
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SYSTEMS = /(?:^|[-.])(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)(?=[-.]|$)/;
const PROCESSORS = /[-.](arm64|arm|ia32|loong64|mips64el|ppc64|riscv64|s390x|wasm32|x64)(?=[-.]|$)/;
const LIBRARIES = /linux.*(gnu|musl)/;
const EXACT = /^\d+\.\d+\.\d+/;

/**
 * The lock with an entry for every optional platform package that it names but lacks.
 * @param {{ packages: Record<string, any> }} lock a lock file of version 2 or 3; it is not changed
 * @returns {{ lock: object, added: string[] }} the filled lock, and the names added
 */
export const fillLock = (lock) => {
  const packages = { ...lock.packages };
  const added = [];
  for (const [owner, { optionalDependencies, dev, engines }] of Object.entries(lock.packages)) {
    if (owner === '') continue;
    for (const [name, version] of Object.entries(optionalDependencies ?? {})) {
      if (resolves(packages, owner, name) || !EXACT.test(version) || !SYSTEMS.test(name)) continue;
      const place = packages[`node_modules/${name}`] ? `${owner}/node_modules/${name}` : `node_modules/${name}`;
      packages[place] = stubOf(name, version, { dev, engines });
      added.push(name);
    }
  }
  const sorted = Object.keys(packages).sort((a, b) => a.localeCompare(b, 'en'));
  return { lock: { ...lock, packages: Object.fromEntries(sorted.map((place) => [place, packages[place]])) }, added };
};

/** Node's own way of finding a package: the folders upwards from its owner. */
const resolves = (packages, owner, name) => {
  for (let folder = owner; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    if (packages[`${folder}/node_modules/${name}`]) return true;
    if (!folder.includes('/node_modules/')) return Boolean(packages[`node_modules/${name}`]);
  }
};

/** Keys in the order in which npm writes them. */
const stubOf = (name, version, { dev, engines }) => {
  const [, system] = SYSTEMS.exec(name) ?? [];
  const [, processor] = PROCESSORS.exec(name) ?? [];
  const [, library] = LIBRARIES.exec(name) ?? [];
  return {
    version,
    ...(processor && { cpu: [processor] }),
    ...(dev && { dev }),
    ...(library && { libc: [library === 'musl' ? 'musl' : 'glibc'] }),
    optional: true,
    os: [system],
    ...(engines && { engines }),
  };
};

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const file = process.argv[2] ?? 'package-lock.json';
  const { lock, added } = fillLock(JSON.parse(readFileSync(file, 'utf8')));
  if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  process.stderr.write(`${file}: ${added.length} platform packages added\n`);
}
