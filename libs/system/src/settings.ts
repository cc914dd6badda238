import { isIP } from 'node:net';
import { resolve, sep } from 'node:path';
import { isTrustworthy } from '#access';
import { isZone, verticals } from '#domain';
import { isLocalDate } from '#kernel';

const PROCESSES = ['many', 'one', 'api', 'projector'] as const;
export type Processes = (typeof PROCESSES)[number];

export type Settings = Readonly<{
  data: string;
  host: string;
  port: number;
  eventStoreUrl: string | undefined;
  databaseUrl: string | undefined;
  /** What a start runs: API and projector in processes of their own, both in one, or only one of the two. */
  processes: Processes;
  vertical: string;
  zone: string;
  currency: string;
  locale: string;
  /** `real`, or the day a new log begins with and stands at. */
  clock: string;
  /** Base64 keys, the one in use first, or `file:` and a path; undefined: `master.key` in the data folder. */
  masterKey: string | undefined;
  /** The list of destroyed keys: outside the data folder, and outside every backup. */
  destroyedKeys: string;
  log: string;
  /** Requests a second of one caller. */
  rate: number;
  /** Credentials refused to one network, and sign-ins tried, in a minute. */
  failures: number;
  /** Addresses of the reverse proxies in front, with commas. */
  proxies: string | undefined;
  /** Who signs tokens; unset: only this machine does. */
  issuer: string | undefined;
  audience: string;
  jwks: string | undefined;
  rolesClaim: string;
  /** A file with the roles that a log begins with; unset: those that ship. */
  roles: string | undefined;
}>;

type Env = Readonly<Record<string, string | undefined>>;
type Setting = Readonly<{
  name: string;
  preset?: string;
  holds: (text: string, env: Env) => boolean;
  must: string;
  example: string;
  /** Never shown. */
  secret?: true;
}>;

const isPort = (text: string) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
const isCount = (text: string) => /^[1-9]\d{0,8}$/.test(text);
const isUrl =
  (...schemes: readonly string[]) =>
  (text: string) =>
    schemes.some((scheme) => text.startsWith(`${scheme}://`)) &&
    URL.canParse(text.replace(/^[\w+]+:/, 'http:').split(',')[0] ?? '');
const oneOf = (words: readonly string[]) => (text: string) => words.includes(text);
/** Only this machine can reach such an address. */
export const isLoopback = oneOf(['127.0.0.1', '::1', 'localhost']);
const isFilled = (text: string) => text.trim() !== '';
/** A backup of the folder would bring the list back as it was, and with it whoever was forgotten since. */
const isWithin = (folder: string, path: string) => `${resolve(path)}${sep}`.startsWith(`${resolve(folder)}${sep}`);
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

/** Every setting there is: the one declaration that `--help`, `doctor` and the start read. */
export const SETTINGS = {
  data: {
    name: 'TOUCHLINE_DATA',
    preset: '.touchline',
    holds: isFilled,
    must: 'be a folder',
    example: '.touchline',
  },
  host: {
    name: 'TOUCHLINE_HOST',
    preset: '127.0.0.1',
    holds: (text, { TOUCHLINE_ISSUER }) => isLoopback(text) || (isIP(text) > 0 && Boolean(TOUCHLINE_ISSUER)),
    must: 'be a loopback address: nothing listens beyond this machine until TOUCHLINE_ISSUER says who signs tokens; then an address',
    example: '127.0.0.1',
  },
  port: { name: 'TOUCHLINE_PORT', preset: '3000', holds: isPort, must: 'be a port number', example: '3000' },
  eventStoreUrl: {
    name: 'EVENTSTORE_URL',
    holds: isUrl('esdb', 'esdb+discover', 'kurrentdb', 'kurrentdb+discover'),
    must: 'be a connection string',
    example: 'esdb://127.0.0.1:2113?tls=false',
  },
  databaseUrl: {
    name: 'DATABASE_URL',
    holds: isUrl('postgres', 'postgresql'),
    must: 'be a PostgreSQL address',
    example: 'postgres://touchline@localhost/touchline',
  },
  processes: {
    name: 'TOUCHLINE_PROCESSES',
    preset: 'many',
    holds: oneOf(PROCESSES),
    must: `be one of ${PROCESSES.join(', ')}`,
    example: 'one',
  },
  vertical: {
    name: 'TOUCHLINE_VERTICAL',
    preset: 'car-rental-leisure',
    holds: oneOf(verticals),
    must: `be one of ${verticals.join(', ')}`,
    example: 'rail',
  },
  zone: {
    name: 'TOUCHLINE_ZONE',
    preset: 'Asia/Shanghai',
    holds: isZone,
    must: 'be a time zone',
    example: 'Europe/London',
  },
  currency: {
    name: 'TOUCHLINE_CURRENCY',
    preset: 'CNY',
    holds: (text) => /^[A-Z]{3}$/.test(text),
    must: 'be an ISO 4217 code',
    example: 'GBP',
  },
  locale: {
    name: 'TOUCHLINE_LOCALE',
    preset: 'zh-CN',
    holds: (text) => /^(zh|en)(-[A-Z]{2})?$/.test(text),
    must: 'be a locale in zh or en',
    example: 'en-GB',
  },
  clock: {
    name: 'TOUCHLINE_CLOCK',
    preset: 'real',
    holds: (text) => text === 'real' || isLocalDate(text),
    must: 'be "real" or a day',
    example: '2011-12-10',
  },
  masterKey: {
    name: 'TOUCHLINE_MASTER_KEY',
    secret: true,
    holds: (text) => /^(file:.+|[A-Za-z0-9+/]{43}=([\s,]+[A-Za-z0-9+/]{43}=)*)$/.test(text),
    must: 'be 32 bytes in base64 (several separated by commas, the one in use first) or file: and a path',
    example: 'file:/run/secrets/touchline-master-key',
  },
  destroyedKeys: {
    name: 'TOUCHLINE_DESTROYED_KEYS',
    holds: (text, { TOUCHLINE_DATA }) => isFilled(text) && !isWithin(TOUCHLINE_DATA || '.touchline', text),
    must: 'be a file outside the data folder and outside every backup',
    example: '/var/lib/touchline-destroyed-keys',
  },
  log: {
    name: 'TOUCHLINE_LOG',
    preset: 'info',
    holds: oneOf(LEVELS),
    must: `be one of ${LEVELS.join(', ')}`,
    example: 'warn',
  },
  rate: {
    name: 'TOUCHLINE_RATE',
    preset: '5000',
    holds: isCount,
    must: 'be how many requests a second one caller may make',
    example: '200',
  },
  failures: {
    name: 'TOUCHLINE_FAILURES',
    preset: '30',
    holds: isCount,
    must: 'be how many credentials a minute may be refused to one network before it must wait',
    example: '30',
  },
  proxies: {
    name: 'TOUCHLINE_PROXIES',
    holds: (text) => text.split(',').every((address) => isIP(address) !== 0),
    must: 'be the addresses of the reverse proxies in front, separated by commas',
    example: '10.0.0.7,10.0.0.8',
  },
  issuer: {
    name: 'TOUCHLINE_ISSUER',
    holds: isTrustworthy,
    must: 'be the https address of an OpenID Connect provider',
    example: 'https://login.example.com/realms/crm',
  },
  audience: {
    name: 'TOUCHLINE_AUDIENCE',
    preset: 'touchline',
    holds: isFilled,
    must: 'be the audience that tokens are for',
    example: 'touchline',
  },
  jwks: {
    name: 'TOUCHLINE_JWKS',
    holds: isTrustworthy,
    must: 'be the https address of the issuer’s keys',
    example: 'https://login.example.com/keys',
  },
  rolesClaim: {
    name: 'TOUCHLINE_ROLES_CLAIM',
    preset: 'roles',
    holds: isFilled,
    must: 'be the claim of a token that names roles, or a path to it',
    example: 'realm_access.roles',
  },
  roles: { name: 'TOUCHLINE_ROLES', holds: isFilled, must: 'be a file', example: './roles.json' },
} as const satisfies Record<keyof Settings, Setting>;

/** A setting that cannot be used: each line names it, says what is wrong and gives an example. Never quotes the value. */
export class WrongSettings extends Error {}

/** Reads the settings once, from the environment. An empty variable counts as unset. Throws `WrongSettings` with all that is wrong. */
export const readSettings = (env: Env): Settings => {
  const entries = Object.entries<Setting>(SETTINGS).map(
    ([key, setting]) => [key, env[setting.name] || setting.preset, setting] as const,
  );
  const wrong = entries.filter(([, text, { holds }]) => text !== undefined && !holds(text, env));
  if (wrong.length > 0) {
    const lines = wrong.map(
      ([, , { name, must, example }]) => `${name} must ${must}, for example ${name}='${example}'`,
    );
    throw new WrongSettings(lines.join('\n'));
  }
  const read = Object.fromEntries(entries.map(([key, text]) => [key, text])) as Record<keyof Settings, string>;
  const data = resolve(read.data);
  const destroyedKeys = resolve(read.destroyedKeys ?? `${data}.destroyed-keys`);
  return {
    ...read,
    processes: read.processes as Processes,
    data,
    destroyedKeys,
    port: Number(read.port),
    rate: Number(read.rate),
    failures: Number(read.failures),
    roles: read.roles && resolve(read.roles),
  };
};
