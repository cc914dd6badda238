import type { Command } from 'commander';
import { touchline } from '../../apps/cli/src/program.js';

const HAN = /\p{Script=Han}/u;

/** The verb and all verbs below it, the help verb of the parser left out. */
const verbsIn = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(verbsIn)];
const ours = (lang: 'en' | 'zh') => verbsIn(touchline(lang));

const parsed = async (...words: readonly string[]) => {
  const said: string[] = [];
  const program = touchline('en');
  for (const verb of verbsIn(program))
    verb.configureOutput({ writeErr: (text) => said.push(text), writeOut: (text) => said.push(text) });
  const error = await program.parseAsync([...words], { from: 'user' }).then(
    () => undefined,
    (thrown: Error & { exitCode?: number }) => thrown,
  );
  return { said: said.join(''), exitCode: error?.exitCode };
};

describe('the help', () => {
  it('knows every verb there is', () => {
    expect(touchline('en').commands.map((verb) => verb.name())).toEqual(
      expect.arrayContaining([
        'start',
        'status',
        'doctor',
        'import',
        'customer',
        'timeline',
        'at-risk',
        'rebuild',
        'replay',
        'eventstore',
        'demo',
      ]),
    );
  });

  it('has Chinese words for every verb and option, and none in English', () => {
    for (const verb of ours('zh')) {
      expect([verb.name(), HAN.test(verb.description())]).toEqual([verb.name(), true]);
      for (const { flags, description } of verb.options) expect([flags, HAN.test(description)]).toEqual([flags, true]);
    }
    for (const verb of ours('en')) {
      expect([verb.name(), HAN.test(verb.helpInformation())]).toEqual([verb.name(), false]);
    }
  });

  it('gives an example for every verb', async () => {
    for (const verb of ours('en').slice(1)) {
      const path = verb.parent?.name() === 'touchline' ? [verb.name()] : [verb.parent?.name() ?? '', verb.name()];
      const { said, exitCode } = await parsed(...path, '--help');
      expect([path, exitCode, said.includes('Example:')]).toEqual([path, 0, true]);
    }
  });
});

describe('wrong usage', () => {
  it.each([
    [['strat'], 'Did you mean start?'],
    [['timeline', '17850', '--limt', '3'], 'Did you mean --limit?'],
    [['timeline', '17850', '--limit', '501'], '1 … 500'],
    [['timeline', '17850', '--order', 'random'], 'newest, oldest'],
    [['timeline'], "missing required argument 'whom'"],
    [['replay', '--from', 'yesterday'], '123456 / 2011-12-09'],
    [['eventstore', '--port', '70000'], '0 … 65535'],
    [['demo', 'advance', '30'], '30d, 2w'],
    [['demo', 'advance', '0d'], '30d, 2w'],
  ])('%j is said to be wrong', async (words, said) => {
    const answer = await parsed(...words);
    expect(answer.exitCode).toBe(1);
    expect(answer.said).toContain(said);
  });
});
