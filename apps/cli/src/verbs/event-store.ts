import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { type EmbeddedEventStore, startEventStore } from '#event-store-embedded';
import { announce, CannotStartStore } from '#system';
import { verbOf } from '../help.js';
import { DONE, type Hands, run } from '../verb.js';

type Options = Readonly<{ data?: string; port: number }>;

/** `eventstore`: the embedded event store alone, in the foreground. */
export const registerEventStore = (program: Command): void => {
  const verb = verbOf(program, 'eventstore', ['run the embedded event store alone', '单独运行内置事件存储']);
  verb.option('--data <folder>', [
    'where it keeps its log; else <TOUCHLINE_DATA>/eventstore',
    '日志所在文件夹；默认 <TOUCHLINE_DATA>/eventstore',
  ]);
  verb.option('--port <n>', ['0 picks a free one', '端口；0 表示任选空闲端口'], (option) =>
    option.argParser(port).default(2113),
  );
  verb.example('touchline eventstore --port 0');
  verb.note('The first line it prints is the connection string.', '输出的第一行是连接字符串。');
  verb.command.action((options: Options) => run(verb.command, (hands) => serve(hands, options)));
};

const port = (text: string): number => {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('0 … 65535');
};

const serve = async (hands: Hands, options: Options): Promise<number> => {
  const { settings, interrupted, say, tell } = hands;
  const folder = resolve(options.data ?? join(settings.data, 'eventstore'));
  const store = await opened(hands, folder, options.port);
  await announce(folder, store.connectionString);
  tell({ url: store.connectionString, data: folder });
  say(store.connectionString);
  if (!interrupted.aborted) await once(interrupted, 'abort');
  await store.close();
  return DONE;
};

const opened = async (hands: Hands, folder: string, wanted: number): Promise<EmbeddedEventStore> => {
  const { logger, phrase } = hands;
  try {
    return await startEventStore({ folder, port: wanted, log: (line) => logger[line.level](line, line.message) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
      throw new CannotStartStore((error as Error).message, { cause: error });
    }
    process.stderr.write(
      `${phrase(`Port ${wanted} is taken: another one is used.`, `端口 ${wanted} 已被占用：改用其他端口。`)}\n`,
    );
    return opened(hands, folder, 0);
  }
};
