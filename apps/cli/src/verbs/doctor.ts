import { readFileSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { defaultRoles } from '#domain';
import { openEventStore } from '#event-store';
import { poolOver } from '#postgres';
import {
  accessKeyFile,
  eventShapes,
  leaveStores,
  machineClock,
  placeOf,
  reachStores,
  rolesKnownTo,
  SETTINGS,
  type Settings,
  type Stores,
  withoutKeys,
  withoutSecrets,
} from '#system';
import { answeringAddress } from '../address.js';
import { verbOf } from '../help.js';
import { tableOf } from '../tables.js';
import { DONE, type Hands, REFUSED, run } from '../verb.js';
import type { Phrase } from '../words.js';
import { type Finding, keyAt, keysOfPeople } from './doctor-keys.js';

const LEAST_FREE_BYTES = 2 ** 30;
const MOST_SKEW_MS = 2_000;

/** `doctor`: looks at everything the system stands on, and says what to do. */
export const registerDoctor = (program: Command): void => {
  const verb = verbOf(program, 'doctor', [
    'check what the system stands on, and say what to do',
    '检查系统运行所需的一切，并说明应对办法',
  ]);
  verb.example('touchline doctor');
  verb.note('Exit code 1 when something is found.', '发现问题时退出码为 1。');
  verb.command.action(() => run(verb.command, doctor));
};

const doctor = async (hands: Hands): Promise<number> => {
  const { settings, phrase, say, tell } = hands;
  const findings = [
    nodeVersion(),
    await disk(settings, phrase),
    await logKey(settings, phrase),
    ...(await keysOfPeople(settings, phrase)),
    await accessKey(settings, phrase),
    await roles(settings, phrase),
    ...(await storesIn(hands)),
  ];
  const address = await answeringAddress(settings.data);
  findings.push({ check: 'API', is: address?.url ?? phrase('does not run', '未运行') });
  const inForce = Object.entries(SETTINGS).map(([key, setting]) => {
    const value = settings[key as keyof Settings];
    return [setting.name, 'secret' in setting && value ? '…' : shown(value)] as const;
  });
  tell({ findings, settings: Object.fromEntries(inForce) });
  const wrong = findings.filter(({ advice }) => advice);
  say(
    tableOf(
      phrase('check|is|do', '检查项|现状|应对').split('|'),
      findings.map(({ check, is, advice }) => [check, is, advice ?? '']),
    ),
  );
  say(tableOf(phrase('setting|in force', '设置|当前值').split('|'), inForce));
  say(
    wrong.length === 0
      ? phrase('All is well.', '一切正常。')
      : phrase(`Found: ${wrong.length}`, `发现问题：${wrong.length} 项`),
  );
  return wrong.length === 0 ? DONE : REFUSED;
};

const nodeVersion = (): Finding => {
  // Setting up has refused a version that does not fit.
  const { engines } = JSON.parse(readFileSync(placeOf('package.json'), 'utf8'));
  return { check: 'Node', is: `${process.versions.node} (${engines.node})` };
};

const disk = async ({ data }: Settings, phrase: Phrase): Promise<Finding> => {
  const check = phrase('disk', '磁盘');
  try {
    const { bavail, bsize } = await statfs(data);
    const free = bavail * bsize;
    const is = phrase(`${(free / 2 ** 30).toFixed(1)} GiB free`, `剩余 ${(free / 2 ** 30).toFixed(1)} GiB`);
    return free > LEAST_FREE_BYTES ? { check, is } : { check, is, advice: phrase('make room', '请腾出空间') };
  } catch {
    return { check, is: phrase(`${data} does not exist yet`, `${data} 尚不存在`) };
  }
};

const accessKey = async ({ data }: Settings, phrase: Phrase): Promise<Finding> =>
  (await keyAt(accessKeyFile(data))) ?? {
    check: 'access.key',
    is: phrase('made when it is first needed', '首次使用时生成'),
  };

/** A new release may bring actions that the roles of the company do not name: they are nobody's. */
const roles = async (settings: Settings, phrase: Phrase): Promise<Finding> => {
  const { version, body } = await rolesKnownTo(settings);
  const check = phrase('roles', '角色');
  const is = phrase(`version ${version}`, `第 ${version} 版`);
  const nobodys = Object.keys(defaultRoles.actions).filter((action) => !Object.hasOwn(body.actions, action));
  if (nobodys.length === 0) return { check, is };
  const list = nobodys.join(', ');
  return { check, is, advice: phrase(`publish a version that names ${list}`, `请发布包含以下操作的版本：${list}`) };
};

const logKey = async ({ data }: Settings, phrase: Phrase): Promise<Finding> => {
  const key = await keyAt(join(data, 'log.key'));
  if (key) return key;
  const begun = await stat(join(data, 'eventstore')).catch(() => undefined);
  const is = phrase('missing', '不存在');
  if (!begun) return { check: 'log.key', is: phrase('no log yet', '还没有日志') };
  return { check: 'log.key', is, advice: phrase('restore it from the backup of this log', '请从该日志的备份中恢复') };
};

const storesIn = async ({ settings, logger, phrase }: Hands): Promise<readonly Finding[]> => {
  const stores = await reachStores(settings, logger).catch((error: Error) => error);
  if (stores instanceof Error)
    return [{ check: phrase('stores', '存储'), is: phrase('not there', '无法连接'), advice: stores.message }];
  try {
    return [await eventStore(stores, phrase), ...(await postgres(stores, phrase))];
  } finally {
    await leaveStores(stores);
  }
};

const eventStore = async ({ eventStoreUrl, eventStore: own }: Stores, phrase: Phrase): Promise<Finding> => {
  const check = phrase('event store', '事件存储');
  const store = openEventStore(eventStoreUrl, { shapes: eventShapes, sealing: withoutKeys }, machineClock);
  try {
    const head = await store.head();
    const whose = own
      ? phrase('embedded', '内置')
      : ((await versionAt(eventStoreUrl)) ?? phrase('version unknown', '版本未知'));
    return { check, is: `${shown(eventStoreUrl)} · ${whose} · ${phrase('ends at', '末尾位置')} ${head ?? '–'}` };
  } catch (error) {
    return {
      check,
      is: shown(eventStoreUrl),
      advice: phrase(
        `does not answer (${withoutSecrets((error as Error).message)}): start it, or correct EVENTSTORE_URL`,
        `没有应答（${withoutSecrets((error as Error).message)}）：请启动它，或更正 EVENTSTORE_URL`,
      ),
    };
  } finally {
    await store.close();
  }
};

/** What a server of the family says of itself over HTTP on the same port. */
const versionAt = async (url: string): Promise<string | undefined> => {
  const { host, searchParams } = new URL(url.replace(/^[\w+]+:/, 'http:').split(',')[0] as string);
  const scheme = searchParams.get('tls') === 'false' ? 'http' : 'https';
  try {
    const info = await fetch(`${scheme}://${host}/info`, { signal: AbortSignal.timeout(2000) });
    const { dbVersion, esVersion } = (await info.json()) as Readonly<Record<string, string>>;
    return dbVersion ?? esVersion;
  } catch {
    return undefined;
  }
};

const postgres = async (
  { databaseUrl, postgres: { version, binaries } }: Stores,
  phrase: Phrase,
): Promise<readonly Finding[]> => {
  const pool = poolOver(databaseUrl, { max: 1 });
  try {
    const before = Date.now();
    const { rows } = await pool.query('select extract(epoch from clock_timestamp()) * 1000 as now');
    const skew = Math.round(Number(rows[0].now) - (before + Date.now()) / 2);
    const clock = { check: phrase('clocks', '时钟'), is: phrase(`${skew} ms apart`, `相差 ${skew} 毫秒`) };
    return [
      { check: 'PostgreSQL', is: `${version} · ${binaries}` },
      Math.abs(skew) < MOST_SKEW_MS
        ? clock
        : { ...clock, advice: phrase('let both machines keep time by NTP', '请让两台机器通过 NTP 校时') },
    ];
  } finally {
    await pool.end();
  }
};

const shown = (value: string | number | undefined): string => withoutSecrets(String(value ?? '–'));
