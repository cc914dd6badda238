import type { Command } from 'commander';
import { rotateMasterKey, rotateSubjectKeys, type Session } from '#system';
import { verbOf } from '../help.js';
import { type Hands, run } from '../verb.js';
import { withLog } from '../views.js';

/** `keys rotate` and `keys rotate-master`: other keys for what is personal. */
export const registerKeys = (program: Command): void => {
  const keys = verbOf(program, 'keys', ['keys of what is personal', '个人数据的密钥']);
  keys.example('touchline keys rotate', 'touchline keys rotate-master');
  register(
    keys.command,
    'rotate',
    ['give every person a new key for what comes', '为每个人换用新密钥，用于后续数据'],
    async (hands, session) => {
      const subjects = await rotateSubjectKeys(session);
      hands.tell({ rotated: subjects });
      hands.say(
        hands.phrase(
          `${subjects} people have a new key; what is recorded stays readable under the old ones. "touchline rebuild --all" seals the views afresh (their rows then differ from before).`,
          `${subjects} 人已换用新密钥；已有记录仍可用旧密钥读取。“touchline rebuild --all” 可用新密钥重新封存视图（行内容将与之前不同）。`,
        ),
      );
    },
  );
  register(
    keys.command,
    'rotate-master',
    ['wrap every key under another master key', '用另一把主密钥重新包裹全部密钥'],
    async (hands, session) => {
      const rewrapped = await rotateMasterKey(session);
      hands.tell({ rewrapped });
      hands.say(
        hands.phrase(
          `The keys of ${rewrapped} people are wrapped by the new master key. Backups of keys made before need the old one.`,
          `${rewrapped} 人的密钥已由新主密钥包裹。此前的密钥备份仍需旧主密钥。`,
        ),
      );
    },
  );
};

type Work = (hands: Hands, session: Session) => Promise<void>;

const register = (parent: Command, name: string, said: readonly [string, string], work: Work): void => {
  const verb = verbOf(parent, name, said);
  verb.example(`touchline keys ${name}`);
  if (name === 'rotate-master')
    verb.note(
      'With TOUCHLINE_MASTER_KEY set, start everything anew with "<new>,<old>" first; with the new one alone afterwards.',
      '若设置了 TOUCHLINE_MASTER_KEY，请先以“<新>,<旧>”重新启动全部进程，完成后只保留新密钥。',
    );
  verb.command.action(() =>
    run(verb.command, (hands) =>
      withLog(hands, async (session) => {
        await work(hands, session);
        return undefined;
      }),
    ),
  );
};
