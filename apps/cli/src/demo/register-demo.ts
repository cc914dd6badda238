import type { Command } from 'commander';
import { verbOf } from '../help.js';
import { run } from '../verb.js';
import { advance, daysIn } from './advance.js';
import { demo } from './demo.js';
import { demoEnvironment } from './demo-data.js';

/** `demo`, and `demo advance <time>`. */
export const registerDemo = (program: Command): void => {
  const verb = verbOf(program, 'demo', [
    'a real retail history and an invented story, in a company of their own',
    '在独立的演示公司中展示真实零售历史与虚构故事',
  ]);
  verb.option('--once', ['end after the report', '报告之后即退出']);
  verb.example('touchline demo', 'touchline demo --once', 'touchline demo advance 30d');
  verb.note(
    'Its data lives in .touchline-demo, or in TOUCHLINE_DATA, and never in stores of your own.',
    '演示数据在 .touchline-demo 或 TOUCHLINE_DATA 中，绝不写入您自己的存储。',
  );
  const environment = () => demoEnvironment(program.opts().lang);
  verb.command.action(({ once = false }: Readonly<{ once?: boolean }>) =>
    run(verb.command, (hands) => demo(hands, once), environment()),
  );
  const passing = verbOf(verb.command, 'advance', [
    'let business time pass, and say who changed and why',
    '让业务时间流逝，并说明谁发生了变化、为什么',
  ]);
  const { command } = passing;
  command.argument('<time>', '30d, 2w', daysIn);
  passing.example('touchline demo advance 30d', 'touchline demo advance 2w --json');
  command.action((days: number) => run(command, (hands) => advance(hands, days), environment()));
};
