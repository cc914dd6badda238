import { type Asking, authorise, localAdministrator, type Principal, type RolesPolicy, rolesOf } from '#access';
import { type Logger, logIdIn, openAccess, type Settings } from '#system';
import { Ended } from './ended.js';
import type { Phrase } from './words.js';

type Here = Readonly<{ settings: Settings; logger: Logger; phrase: Phrase }>;

/**
 * Who runs a verb: whoever TOUCHLINE_TOKEN is about, else the local administrator, because whoever runs it can read the
 * keys of the data folder. Throws `Ended` when they may not.
 */
export const askingFor = async (action: string, policy: RolesPolicy, here: Here): Promise<Asking> => {
  const { phrase } = here;
  const principal = await principalOf(here, policy);
  const grant = authorise(policy, principal, action);
  if (!grant.allowed) {
    const verb = action.slice('cli:'.length);
    throw new Ended(
      phrase(`None of your roles may run "touchline ${verb}".`, `您的角色不能执行 “touchline ${verb}”。`),
    );
  }
  return { principal, fields: grant.fields, scope: grant.scope, purpose: 'cli', action };
};

const principalOf = async ({ settings, logger, phrase }: Here, policy: RolesPolicy): Promise<Principal> => {
  const token = process.env.TOUCHLINE_TOKEN;
  if (!token) return localAdministrator(rolesOf(policy));
  const logId = await logIdIn(settings.data);
  const roles = { policy, isCurrent: true };
  // API keys are for the API: no database is asked here.
  const access = logId && (await openAccess(settings, logId, { roles, rows: async () => [], logger }));
  const found = access ? await access.recognise('bearer', token) : 'unauthenticated';
  if (typeof found !== 'string') return found;
  throw new Ended(
    found === 'unavailable'
      ? phrase(
          'TOUCHLINE_TOKEN cannot be verified: its issuer does not answer.',
          '无法验证 TOUCHLINE_TOKEN：签发方没有应答。',
        )
      : phrase(
          'TOUCHLINE_TOKEN is not accepted: take a fresh one, or unset it.',
          'TOUCHLINE_TOKEN 无效：请换用新令牌，或取消该变量。',
        ),
  );
};

/** The roles of those asked for that may be passed on: nobody gives what they do not have. */
export const rolesToGive = (
  { phrase }: Pick<Here, 'phrase'>,
  { roles }: Principal,
  wanted: readonly string[] | undefined,
  besides: readonly string[] = [],
): readonly string[] => {
  const had = [...roles, ...besides];
  const missing = wanted?.filter((role) => !had.includes(role)) ?? [];
  if (missing.length === 0) return wanted ?? roles;
  const said = missing.join(', ');
  throw new Ended(
    phrase(`You have no role ${said}. You have: ${had.join(', ')}`, `您没有角色 ${said}。您有：${had.join('、')}`),
  );
};
