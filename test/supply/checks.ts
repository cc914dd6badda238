import { INSTALL_SCRIPTS, LICENCES, OTHER_LICENCES, UNNAMED, WITHOUT_INTEGRITY } from './exceptions.js';
import type { Package, Project } from './project.js';

type Check = (project: Project) => readonly string[];
type Entry = readonly [place: string, pinned: Package];

const entriesOf = ({ lock }: Project): readonly Entry[] =>
  Object.entries(lock.packages).filter(([place]) => place !== '');
const nameOf = (place: string) => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
const wantedBy = ({ dependencies, devDependencies, optionalDependencies, peerDependencies }: Package) =>
  Object.entries({ ...peerDependencies, ...dependencies, ...devDependencies, ...optionalDependencies });

/** The bytes are those that were looked at: every package has its hash, and comes from a registry under its own name. */
const integrity: Check = (project) =>
  entriesOf(project).flatMap((entry) => {
    const [place, { integrity: hash, resolved, link }] = entry;
    const isPinned = /^sha512-[A-Za-z0-9+/]{86}==$/.test(hash ?? '') || isStub(project, entry);
    return [
      ...(isPinned ? [] : [`${place} has no hash`]),
      ...(link || !isTarball(resolved, entry) ? [`${place} comes from elsewhere`] : []),
    ];
  });

/** A lock may leave out where it came from; npm then asks the registry that is set. */
const isTarball = (resolved: string | undefined, [place, { name = nameOf(place), version }]: Entry) => {
  const file = `/${name}/-/${name.split('/').at(-1)}-${version}.tgz`;
  return resolved === undefined || (/^https:\/\/[^/]+\//.test(resolved) && resolved.endsWith(file));
};

const isStub = (project: Project, [place, { integrity: hash, version, dev, optional, os }]: Entry) => {
  if (hash !== undefined) return false;
  const isAsked = entriesOf(project).some(
    ([owner, { optionalDependencies }]) =>
      nameOf(owner) in WITHOUT_INTEGRITY && optionalDependencies?.[nameOf(place)] === version,
  );
  return Boolean(dev && optional && os?.length && isAsked);
};

/** Nobody's version is a folder, a branch or an address. */
const sources: Check = ({ manifest, lock }) =>
  [manifest, ...Object.values(lock.packages)].flatMap((one) =>
    wantedBy(one)
      .filter(([, range]) => /^(git|https?|file|link|github|workspace)[:+]|^[\w-]+\/[\w.-]+(#|$)/.test(range))
      .map(([name, range]) => `${name} is asked for as ${range}`),
  );

/** What package.json asks for is what the lock says it asks for, and pins. */
const agreement: Check = ({ manifest, lock }) => {
  const root = lock.packages[''] as Package;
  const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;
  const differing = kinds.filter((kind) => JSON.stringify(manifest[kind]) !== JSON.stringify(root[kind]));
  const unmet = wantedBy(manifest).filter(
    ([name, range]) => !meets(lock.packages[`node_modules/${name}`]?.version, range),
  );
  return [
    ...(lock.lockfileVersion === 3 ? [] : ['the lock file is of another version']),
    ...differing.map((kind) => `${kind} of package.json and of the lock differ`),
    ...unmet.map(([name]) => `${name} is not locked as asked for`),
  ];
};

/** Of ranges only those that this project writes: `^1.2.3`, `~1.2.3`, `1.2.3`. */
const meets = (version: string | undefined, range: string): boolean => {
  if (version === undefined) return false;
  const [, sign = '', wanted = ''] = /^([~^]?)(\d.*)$/.exec(range) ?? [];
  if (sign === '') return version === wanted;
  const [have, want] = [version, wanted].map((text) => text.split('.').map(Number.parseFloat)) as [number[], number[]];
  const fixed = sign === '~' ? 2 : want.findIndex((part) => part > 0) + 1;
  const isSame = want.slice(0, fixed).every((part, index) => part === have[index]);
  const difference = want.map((part, index) => (have[index] ?? 0) - part).find((step) => step !== 0) ?? 0;
  return isSame && difference >= 0;
};

/** A program of somebody else's runs at an install only if it is known. */
const installScripts: Check = (project) =>
  entriesOf(project)
    .filter(([place, { hasInstallScript }]) => hasInstallScript || runsAtInstall(project.installed[place]))
    .filter(([place]) => !INSTALL_SCRIPTS[nameOf(place)])
    .map(([place]) => `${place} runs a program when it is installed`);

const runsAtInstall = (found: Package | undefined) =>
  ['preinstall', 'install', 'postinstall'].some((script) => found?.scripts?.[script]);

/** What is delivered or built with may be passed on. */
const licences: Check = (project) =>
  entriesOf(project)
    .filter((entry) => !isStub(project, entry) && !OTHER_LICENCES[nameOf(entry[0])])
    .filter(([place, { license }]) => ![license, project.installed[place]?.license ?? license].every(isAllowed))
    .map(([place]) => `${place} is under a licence that is not on the list`);

const isAllowed = (license: string | undefined) =>
  (license ?? '')
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((one) => LICENCES.includes(one)));

/** Nothing is there that nothing asks for. */
const reasons: Check = ({ manifest, lock: { packages }, sources: texts }) => {
  const unnamed = wantedBy(manifest).filter(([name]) => !UNNAMED[name] && !isNamed(name, texts));
  const reached = new Set<string>();
  const visit = (place: string, wanted: readonly (readonly [string, string])[]): void => {
    for (const [name] of wanted) {
      const found = resolvedFrom(place, name, packages);
      if (found === undefined || reached.has(found)) continue;
      reached.add(found);
      visit(found, wantedBy({ ...packages[found], devDependencies: {} }));
    }
  };
  visit('', wantedBy(manifest));
  const idle = Object.keys(packages).filter((place) => place !== '' && !reached.has(place));
  return [...unnamed.map(([name]) => `${name} is used nowhere`), ...idle.map((place) => `nothing asks for ${place}`)];
};

/** As an import or a setting names it; a platform's package by the part before the platform. */
const isNamed = (name: string, texts: string) => {
  const stem = name.replace(/\/(darwin|linux)-(arm64|x64)$/, '/');
  return ["'", '"', '`', '/', '('].some((before) => texts.includes(`${before}${stem}`));
};

/** Node's own way of finding a package: the folders upwards from who asks. */
const resolvedFrom = (from: string, name: string, packages: Project['lock']['packages']): string | undefined => {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const place = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[place]) return place;
    if (folder === '') return undefined;
  }
};

export const checks = { integrity, sources, agreement, installScripts, licences, reasons };
