import { once } from 'node:events';
import type { Command } from 'commander';
import { loggerFor, withoutSecrets } from '#system';
import { verbOf } from '../help.js';
import { type System, startSystem } from '../supervise.js';
import { DONE, type Hands, run } from '../verb.js';

/** `start`: everything in the foreground. */
export const registerStart = (program: Command): void => {
  const verb = verbOf(program, 'start', ['run everything in the foreground', '在前台运行整个系统']);
  verb.example('touchline start', 'TOUCHLINE_DATA=/srv/crm TOUCHLINE_PORT=8080 touchline start');
  verb.command.action(() => run(verb.command, start));
};

const start = async (hands: Hands): Promise<number> => {
  const { settings, interrupted, phrase, say, tell } = hands;
  const logger = loggerFor('touchline', settings.log);
  const system = await startSystem(settings, logger, interrupted);
  const { url, stores } = system;
  tell({ url, eventStore: withoutSecrets(stores.eventStoreUrl), data: settings.data, pid: process.pid });
  say(whereabouts(hands, system));
  if (!interrupted.aborted) await once(interrupted, 'abort');
  say(phrase('Stopping …', '正在停止……'));
  await system.stop();
  return DONE;
};

/** Addresses and folders, a line each. */
export const whereabouts = ({ settings, phrase }: Hands, { url, stores }: System): string => {
  const eventStore = withoutSecrets(stores.eventStoreUrl);
  return [
    phrase(`API and console  ${url}   (description: ${url}/docs)`, `API 与控制台  ${url}   （说明：${url}/docs）`),
    phrase(`Event store      ${eventStore}`, `事件存储      ${eventStore}`),
    phrase(`Data folder      ${settings.data}`, `数据文件夹    ${settings.data}`),
    phrase(
      'Tokens come later: until then nothing listens beyond this machine, and everyone on it may do everything.',
      '访问令牌将在以后提供：在此之前系统仅在本机监听，本机上的任何人都可进行任何操作。',
    ),
    phrase('Ctrl-C stops it.', '按 Ctrl-C 停止。'),
  ].join('\n');
};
