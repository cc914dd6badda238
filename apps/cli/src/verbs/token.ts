import { type Command, InvalidArgumentError } from 'commander';
import { laterBy } from '#kernel';
import { localTokensIn, machineClock } from '#system';
import { verbOf } from '../help.js';
import { DONE, type Hands, run } from '../verb.js';
import { noLog } from '../views.js';
import { rolesToGive } from '../who.js';

const UNITS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 };
const MOST_SECONDS = 3650 * 86_400;

/** `30m`, `8h`, `90d`: seconds. */
export const secondsIn = (text: string): number => {
  const [, count, unit = ''] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (UNITS[unit] ?? 0);
  if (seconds > 0 && seconds <= MOST_SECONDS) return seconds;
  throw new InvalidArgumentError('30m, 8h, 90d');
};

type Wanted = Readonly<{ role?: readonly string[]; team?: readonly string[]; for: number; header?: boolean }>;

/** `token`: one of this machine's own, for programs and for curl. */
export const registerToken = (program: Command): void => {
  const verb = verbOf(program, 'token', [
    'print a token of this machine, for programs on it',
    '输出本机签发的访问令牌，供本机程序使用',
  ]);
  verb.option('--role <role...>', ['with these roles; else with all of yours', '仅含这些角色；默认含您的全部角色']);
  verb.option('--team <team...>', ['of these teams', '所属团队']);
  verb.option('--for <time>', ['how long it is good: 30m, 8h, 90d', '有效期：30m、8h、90d'], (option) =>
    option.argParser(secondsIn).default(secondsIn('8h'), '8h'),
  );
  verb.option('--header', ['as a header line, for curl -H @file', '输出为请求头一行，供 curl -H @文件 使用']);
  verb.example(
    'touchline token --role agent --team harbour --for 1h',
    'curl -H @<(touchline token --header) http://127.0.0.1:3000/v1/at-risk',
  );
  verb.command.action((wanted: Wanted) => run(verb.command, (hands) => print(hands, wanted)));
};

const print = async (hands: Hands, { role, team = [], for: seconds, header = false }: Wanted): Promise<number> => {
  const { say, tell, settings } = hands;
  const local = await localTokensIn(settings.data);
  if (!local) throw noLog(hands);
  const me = hands.who.principal;
  const token = await local.issue({ ...me, roles: rolesToGive(hands, me, role), teams: team }, 'access', seconds);
  tell({ token, expiresAt: laterBy(seconds * 1000, machineClock.now()) });
  say(header ? `authorization: Bearer ${token}` : token);
  return DONE;
};
