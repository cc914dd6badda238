import { type Command, InvalidArgumentError } from 'commander';
import type { ApiKeys, ListedKey } from '#access';
import { laterBy } from '#kernel';
import { apiKeysIn, machineClock } from '#system';
import { verbOf } from '../help.js';
import { tableOf } from '../tables.js';
import { DONE, Ended, type Hands, run } from '../verb.js';
import { withLog } from '../views.js';
import { rolesToGive } from '../who.js';
import { secondsIn } from './token.js';

type Wanted = Readonly<{ role: readonly string[]; for: number }>;

/** `api-keys create | list | revoke`: keys of services, of which only a hash is kept. */
export const registerApiKeys = (program: Command): void => {
  const keys = verbOf(program, 'api-keys', [
    'keys of services: create, list, revoke',
    '服务的 API 密钥：创建、列出、吊销',
  ]);
  keys.example('touchline api-keys create booking-engine --for 90d');

  const create = verbOf(keys.command, 'create', ['make a key and show it, this once', '创建密钥并仅此一次显示']);
  create.command.argument('<name>', 'booking-engine', nameIn);
  create.option('--role <role...>', ['with these roles', '赋予这些角色'], (option) => option.default(['service']));
  create.option('--for <time>', ['how long it is good: 30m, 8h, 90d', '有效期：30m、8h、90d'], (option) =>
    option.argParser(secondsIn).default(secondsIn('365d'), '365d'),
  );
  create.example('touchline api-keys create booking-engine --role service --for 90d');
  create.command.action((name: string, wanted: Wanted) =>
    run(create.command, (hands) => over(hands, (all) => make(hands, all, name, wanted))),
  );

  const list = verbOf(keys.command, 'list', ['all keys there ever were', '列出所有密钥']);
  list.example('touchline api-keys list --json');
  list.command.action(() => run(list.command, (hands) => over(hands, (all) => show(hands, all))));

  const revoke = verbOf(keys.command, 'revoke', ['make a key worthless', '吊销密钥']);
  revoke.command.argument('<id>', '0123456789abcdef');
  revoke.example('touchline api-keys revoke 0123456789abcdef');
  revoke.command.action((id: string) => run(revoke.command, (hands) => over(hands, (all) => end(hands, all, id))));
};

const nameIn = (text: string): string => {
  if (text.length <= 60 && /^[a-z0-9]+([._-][a-z0-9]+)*$/.test(text)) return text;
  throw new InvalidArgumentError('booking-engine');
};

const over = (hands: Hands, work: (all: ApiKeys) => Promise<number>): Promise<number> =>
  withLog(hands, ({ sql }) => work(apiKeysIn(sql)));

const make = async (hands: Hands, all: ApiKeys, name: string, wanted: Wanted): Promise<number> => {
  const { phrase, say, tell } = hands;
  const roles = rolesToGive(hands, hands.who.principal, wanted.role, ['service']);
  const expiresAt = laterBy(wanted.for * 1000, machineClock.now());
  const { id, key } = await all.create(name, roles, expiresAt);
  tell({ id, key, name, roles, expiresAt });
  say(key);
  process.stderr.write(
    `${phrase(`Keep it: it is not shown again. Good until ${expiresAt}; revoke it as ${id}.`, `请妥善保存：不会再次显示。有效期至 ${expiresAt}；吊销时用 ${id}。`)}\n`,
  );
  return DONE;
};

const show = async ({ phrase, say, tell }: Hands, all: ApiKeys): Promise<number> => {
  const keys = await all.list();
  for (const key of keys) tell(key);
  say(
    tableOf(
      phrase('id|name|roles|made|good until|revoked|last used', '编号|名称|角色|创建|有效期至|吊销|最近使用').split(
        '|',
      ),
      keys.map(rowOf),
    ),
  );
  return DONE;
};

const rowOf = ({ id, name, roles, createdAt, expiresAt, revokedAt, lastUsedOn }: ListedKey) => [
  id,
  name,
  roles.join(' '),
  createdAt,
  expiresAt,
  revokedAt,
  lastUsedOn,
];

const end = async ({ phrase, say, tell }: Hands, all: ApiKeys, id: string): Promise<number> => {
  if (!(await all.revoke(id))) throw new Ended(phrase('There is no such key.', '没有此密钥。'));
  tell({ id, revoked: true });
  say(phrase('Revoked; within ten seconds it opens nothing.', '已吊销；十秒内失效。'));
  return DONE;
};
