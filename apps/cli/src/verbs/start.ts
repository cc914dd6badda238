import { once } from 'node:events';
import type { Command } from 'commander';
import { loggerFor, withoutSecrets } from '#system';
import { verbOf } from '../help.js';
import { type System, startProjector, startSystem } from '../supervise.js';
import { DONE, type Hands, run } from '../verb.js';
import { signInLink } from './sign-in.js';

/** `start`: everything in the foreground. */
export const registerStart = (program: Command): void => {
  const verb = verbOf(program, 'start', ['run everything in the foreground', '在前台运行整个系统']);
  verb.example('touchline start', 'TOUCHLINE_DATA=/srv/crm TOUCHLINE_PORT=8080 touchline start');
  verb.note(
    'TOUCHLINE_PROCESSES: API and projector in processes of their own (many), in one (one), or only one of them (api, projector).',
    'TOUCHLINE_PROCESSES：API 与投影器各为一个进程（many）、合为一个（one），或只运行其一（api、projector）。',
  );
  verb.command.action(() => run(verb.command, start));
};

const start = async (hands: Hands): Promise<number> => {
  const { settings, interrupted, phrase, say, tell } = hands;
  const logger = loggerFor('touchline', settings.log);
  if (settings.processes === 'projector') return project(hands, logger);
  const system = await startSystem(settings, logger, interrupted);
  const { url, stores } = system;
  tell({ url, eventStore: withoutSecrets(stores.eventStoreUrl), data: settings.data, pid: process.pid });
  say(await whereabouts(hands, system));
  if (!interrupted.aborted) await once(interrupted, 'abort');
  say(phrase('Stopping …', '正在停止……'));
  await system.stop();
  return DONE;
};

const project = async (
  { settings, interrupted, phrase, say, tell }: Hands,
  logger: ReturnType<typeof loggerFor>,
): Promise<number> => {
  const { stop, stores } = await startProjector(settings, logger);
  tell({ eventStore: withoutSecrets(stores.eventStoreUrl), data: settings.data, pid: process.pid });
  say(
    phrase(
      'A projector runs, and takes its share of the views. Ctrl-C stops it.',
      '投影器运行中，分担视图。按 Ctrl-C 停止。',
    ),
  );
  if (!interrupted.aborted) await once(interrupted, 'abort');
  await stop();
  return DONE;
};

/** Addresses and folders, a line each, and the way in. */
export const whereabouts = async (hands: Hands, system: System): Promise<string> => {
  const { settings, phrase } = hands;
  const { url, stores } = system;
  const eventStore = withoutSecrets(stores.eventStoreUrl);
  return [
    phrase(`API and console  ${url}   (description: ${url}/docs)`, `API 与控制台  ${url}   （说明：${url}/docs）`),
    phrase(`Event store      ${eventStore}`, `事件存储      ${eventStore}`),
    phrase(`Data folder      ${settings.data}`, `数据文件夹    ${settings.data}`),
    await wayIn(hands, system),
    phrase('Ctrl-C stops it.', '按 Ctrl-C 停止。'),
  ].join('\n');
};

/** A link stands only where its owner reads it: what a service prints is kept in logs. */
const wayIn = async (hands: Hands, { url, isFresh }: System): Promise<string> => {
  const { phrase } = hands;
  const token = phrase(
    'For programs: bin/touchline token, bin/touchline api-keys create',
    '程序访问：bin/touchline token、bin/touchline api-keys create',
  );
  if (!isFresh && !process.stdout.isTTY)
    return `${phrase('Sign in          bin/touchline sign-in prints a link', '登录          bin/touchline sign-in 会输出链接')}\n${token}`;
  const link = await signInLink(hands, url);
  return `${phrase(`Sign in, once    ${link}`, `登录（一次）  ${link}`)}\n${token}`;
};
