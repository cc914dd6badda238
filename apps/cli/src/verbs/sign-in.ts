import type { Command } from 'commander';
import { localTokensIn } from '#system';
import { answeringAddress } from '../address.js';
import { verbOf } from '../help.js';
import { DONE, Ended, type Hands, run } from '../verb.js';
import { noLog } from '../views.js';

/** `sign-in`: a link into the console, good once. */
export const registerSignIn = (program: Command): void => {
  const verb = verbOf(program, 'sign-in', [
    'print a link into the console, good once for a quarter of an hour',
    '输出控制台登录链接，一次有效，15 分钟内使用',
  ]);
  verb.example('touchline sign-in');
  verb.command.action(() => run(verb.command, print));
};

const print = async (hands: Hands): Promise<number> => {
  const { settings, phrase, say, tell } = hands;
  const address = await answeringAddress(settings.data);
  if (!address) throw new Ended(phrase('Start it first: touchline start', '请先启动：touchline start'));
  const link = await signInLink(hands, address.url);
  tell({ link });
  say(link);
  return DONE;
};

/** The link, with who runs the verb as who signs in. What follows the # reaches no server and no log. */
export const signInLink = async (hands: Hands, url: string): Promise<string> => {
  const local = await localTokensIn(hands.settings.data);
  if (!local) throw noLog(hands);
  return `${url}/#ticket=${await local.ticketFor(hands.who.principal)}`;
};
