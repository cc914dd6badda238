import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import {
  backupStore,
  type EmbeddedEventStore,
  FolderInUse,
  type FsyncPolicy,
  LogRefused,
  restoreStore,
  startEventStore,
  type Verification,
  verifyStore,
} from '#event-store-embedded';
import { announce, CannotStartStore } from '#system';
import { type Verb, verbOf } from '../help.js';
import { DONE, Ended, type Hands, NO_STORE, REFUSED, run } from '../verb.js';

type Options = Readonly<{ data?: string; port: number; fsync: FsyncPolicy }>;

/** `eventstore`: the embedded event store alone, in the foreground; and what keeps its folder in order. */
export const registerEventStore = (program: Command): void => {
  const verb = verbOf(program, 'eventstore', ['run the embedded event store alone', '单独运行内置事件存储']);
  whereItIs(verb);
  verb.option('--port <n>', ['0 picks a free one', '端口；0 表示任选空闲端口'], (option) =>
    option.argParser(port).default(2113),
  );
  verb.option(
    '--fsync <policy>',
    [
      'always: acknowledged means synced; or so many milliseconds that may be lost with the power',
      'always：确认即已落盘；或填写断电时最多可丢失的毫秒数',
    ],
    (option) => option.argParser(fsync).default('always' as FsyncPolicy, 'always'),
  );
  verb.example('touchline eventstore --port 0');
  verb.note('The first line it prints is the connection string.', '输出的第一行是连接字符串。');
  verb.command.action((options: Options) => run(verb.command, (hands) => serve(hands, options)));
  registerVerify(verb.command);
  registerBackup(verb.command);
  registerRestore(verb.command);
};

const whereItIs = (verb: Verb): void =>
  verb.option('--data <folder>', [
    'where it keeps its log; else <TOUCHLINE_DATA>/eventstore',
    '日志所在文件夹；默认 <TOUCHLINE_DATA>/eventstore',
  ]);

const folderOf = ({ settings }: Hands, command: Command): string =>
  resolve(command.optsWithGlobals<{ data?: string }>().data ?? join(settings.data, 'eventstore'));

const port = (text: string): number => {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('0 … 65535');
};

const fsync = (text: string): FsyncPolicy => {
  if (text === 'always') return text;
  if (/^[1-9]\d{0,4}$/.test(text)) return { everyMs: Number(text) };
  throw new InvalidArgumentError('always, 1 … 99999');
};

const serve = async (hands: Hands, options: Options): Promise<number> => {
  const { settings, interrupted, say, tell } = hands;
  const folder = resolve(options.data ?? join(settings.data, 'eventstore'));
  const store = await opened(hands, folder, options);
  await announce(folder, store.connectionString, true);
  tell({ url: store.connectionString, data: folder, fsync: options.fsync });
  say(store.connectionString);
  say(promiseOf(hands, options.fsync));
  if (!interrupted.aborted) await once(interrupted, 'abort');
  await store.close();
  return DONE;
};

const promiseOf = ({ phrase }: Hands, fsync: FsyncPolicy): string =>
  fsync === 'always'
    ? phrase('What is acknowledged is on disk.', '凡已确认的内容均已落盘。')
    : phrase(
        `Up to ${fsync.everyMs} ms of what is acknowledged may be lost with the power.`,
        `断电时最多可能丢失最近 ${fsync.everyMs} 毫秒内已确认的内容。`,
      );

const opened = async (hands: Hands, folder: string, options: Options): Promise<EmbeddedEventStore> => {
  const { logger, phrase } = hands;
  try {
    const log = (line: { level: 'info' | 'warn' | 'error'; message: string }) => logger[line.level](line, line.message);
    return await startEventStore({ folder, port: options.port, fsync: options.fsync, log });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
      throw new CannotStartStore((error as Error).message, { cause: error });
    }
    process.stderr.write(
      `${phrase(`Port ${options.port} is taken: another one is used.`, `端口 ${options.port} 已被占用：改用其他端口。`)}\n`,
    );
    return opened(hands, folder, { ...options, port: 0 });
  }
};

const registerVerify = (parent: Command): void => {
  const verb = verbOf(parent, 'verify', [
    'check every record and every index of a stopped store',
    '检查已停止的存储的每条记录和每个索引',
  ]);
  whereItIs(verb);
  verb.example('touchline eventstore verify --data .touchline/eventstore');
  verb.note('Exit code 1: something is damaged, and it is named.', '退出码 1：有损坏，并指明位置。');
  verb.command.action(() =>
    run(verb.command, (hands) => checked(hands, verifyStore({ folder: folderOf(hands, verb.command) }))),
  );
};

const registerBackup = (parent: Command): void => {
  const verb = verbOf(parent, 'backup <folder>', [
    'copy the store, running or not, into an empty folder, and check the copy',
    '将存储（无论是否运行）复制到空文件夹并检查副本',
  ]);
  whereItIs(verb);
  verb.example('touchline eventstore backup /backup/eventstore-2026-03-01');
  verb.command.action((target: string) =>
    run(verb.command, (hands) =>
      checked(hands, backupStore({ folder: folderOf(hands, verb.command), target: resolve(target) })),
    ),
  );
};

const registerRestore = (parent: Command): void => {
  const verb = verbOf(parent, 'restore <backup>', [
    'check a backup and put it where the store is to be; the folder must be empty',
    '检查备份并恢复到存储位置；目标文件夹必须为空',
  ]);
  whereItIs(verb);
  verb.example('touchline eventstore restore /backup/eventstore-2026-03-01 --data .touchline/eventstore');
  verb.command.action((backup: string) =>
    run(verb.command, (hands) =>
      checked(hands, restoreStore({ backup: resolve(backup), folder: folderOf(hands, verb.command) })),
    ),
  );
};

/** What a check found, told; damage is a no, a folder that cannot be used the end. */
const checked = async ({ say, tell, phrase }: Hands, check: Promise<Verification>): Promise<number> => {
  const { events, streams, end, problems } = await check.catch((error: unknown) => {
    if (error instanceof LogRefused) throw new Ended(error.message, REFUSED);
    if (error instanceof FolderInUse) throw new Ended(error.message, NO_STORE);
    throw error;
  });
  tell({ events, streams, end, problems });
  for (const problem of problems) say(problem);
  say(
    problems.length
      ? phrase(`${problems.length} problems.`, `发现 ${problems.length} 处问题。`)
      : phrase(
          `${events} events in ${streams} streams, all in order.`,
          `${streams} 个流中的 ${events} 个事件，全部正常。`,
        ),
  );
  return problems.length ? REFUSED : DONE;
};
