import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Unavailable } from '#application';
import { CannotMove, type Moved, moveLog, type Progress } from '#event-store';
import { type EmbeddedEventStore, startEventStore } from '#event-store-embedded';
import { CannotStartStore } from '#system';
import { verbOf } from '../help.js';
import { displayOn } from '../progress.js';
import { DONE, Ended, type Hands, NO_STORE, REFUSED, run } from '../verb.js';

type Options = Readonly<{ from: string; to: string }>;

/** `move-store`: the log of one event store into another. */
export const registerMoveStore = (program: Command): void => {
  const verb = verbOf(program, 'move-store', [
    'copy the log to another event store, checked by hash',
    '将日志复制到另一个事件存储，并以哈希校验',
  ]);
  verb.option(
    '--from <store>',
    ['a connection string, or the folder of a stopped store', '连接字符串，或已停止存储的文件夹'],
    (option) => option.makeOptionMandatory(),
  );
  verb.option(
    '--to <store>',
    ['where to: empty, or what an interrupted move left', '目标：须为空，或为中断后留下的内容'],
    (option) => option.makeOptionMandatory(),
  );
  verb.example(
    "touchline move-store --from .touchline/eventstore --to 'esdb://node1:2113,node2:2113?tls=true'",
    'touchline move-store --from esdb://127.0.0.1:2113?tls=false --to /data/eventstore --json',
  );
  verb.note(
    'Stop everything that writes first. After an interruption the same command goes on. Exit code 1: the target holds another log; 3: a store does not answer, try again.',
    '请先停止所有写入。中断后重复同一命令即可继续。退出码 1：目标含有其他日志；3：存储无应答，请重试。',
  );
  verb.command.action((options: Options) => run(verb.command, (hands) => move(hands, options)));
};

const move = async (hands: Hands, { from, to }: Options): Promise<number> => {
  const { interrupted: signal, json } = hands;
  const opened: EmbeddedEventStore[] = [];
  const display = json ? undefined : displayOn(process.stderr);
  try {
    const urls = { from: await urlOf(hands, from, opened, true), to: await urlOf(hands, to, opened, false) };
    report(hands, await moveLog(urls, { signal, onProgress: shownOn(hands, display) }));
    return DONE;
  } catch (error) {
    throw inWords(hands, error);
  } finally {
    display?.end();
    for (const store of opened) await store.close();
  }
};

/** A folder's store is started for as long as the move takes. */
const urlOf = async (
  hands: Hands,
  place: string,
  opened: EmbeddedEventStore[],
  mustExist: boolean,
): Promise<string> => {
  if (/^(esdb|kurrentdb)(\+discover)?:/.test(place)) return place;
  const folder = resolve(place);
  if (mustExist && !(await stat(folder).catch(() => undefined))?.isDirectory())
    throw new Ended(hands.phrase(`There is no folder ${folder}.`, `没有文件夹 ${folder}。`), NO_STORE);
  try {
    const store = await startEventStore({ folder });
    opened.push(store);
    return store.connectionString;
  } catch (error) {
    throw new CannotStartStore((error as Error).message, { cause: error });
  }
};

const shownOn =
  ({ phrase }: Hands, display: ReturnType<typeof displayOn> | undefined) =>
  ({ phase, events }: Progress): void => {
    if (events % 100 > 0) return;
    const said = {
      comparing: phrase('events compared', '个事件已比对'),
      copying: phrase('events copied', '个事件已复制'),
      verifying: phrase('events verified', '个事件已校验'),
    };
    display?.show(phase === 'verifying' ? 1 : 0, `${events} ${said[phase]}`);
  };

const report = ({ say, tell, phrase }: Hands, moved: Moved): void => {
  tell(moved);
  const { events, found, streams, leftBehind, sha256 } = moved;
  say(
    phrase(
      `${events} events in ${streams} streams are in both stores, ${found} of them from before; ${leftBehind} of the source's own stay behind.`,
      `两个存储中均有 ${streams} 个流的 ${events} 个事件，其中 ${found} 个先前已在目标中；源存储自身的 ${leftBehind} 个事件不复制。`,
    ),
  );
  say(`SHA-256 ${sha256}`);
};

const inWords = ({ phrase }: Hands, error: unknown): unknown => {
  if (error instanceof CannotMove)
    return new Ended(
      `${phrase(`Not moved: ${error.message}.`, `未迁移：${REASONS[error.reason]}（${error.message}）。`)}`,
      REFUSED,
    );
  const isConnection =
    error instanceof Error && /UNAVAILABLE|ECONNREFUSED|channel|discover|ended the stream/i.test(error.message);
  if (isConnection || error instanceof Unavailable)
    return new Ended(
      phrase(
        `A store does not answer (${(error as Error).message}). Nothing is lost: the same command goes on.`,
        `存储没有应答（${(error as Error).message}）。没有丢失任何内容：重复同一命令即可继续。`,
      ),
      NO_STORE,
    );
  return error;
};

const REASONS: Readonly<Record<CannotMove['reason'], string>> = {
  'another-log': '目标含有其他日志',
  'revision-gap': '事件无法保持其修订号',
  refused: '目标拒绝了事件',
  differs: '目标内容与复制内容不符',
};
