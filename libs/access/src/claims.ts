import type { JWTPayload } from 'jose';
import type { Principal } from './principal.js';

/** How far the clocks of issuer and machine may differ. */
export const SKEW_SECONDS = 30;

/** Why a credential gives nobody: it proves nothing, or what proves it cannot be reached. */
export type Refused = 'unauthenticated' | 'unavailable';

/** The business time is not asked here: tokens live by the machine's. `now` answers UTC with milliseconds. */
export type Clock = Readonly<{ now(): string }>;

/**
 * Who a token is about. Roles the policy does not know are passed over. A token of `service` alone is a machine's.
 * @param rolesClaim the claim that names roles, or a path to it such as `realm_access.roles`
 */
export const principalIn = (
  claims: JWTPayload,
  rolesClaim: string,
  known: readonly string[],
): Principal | 'unauthenticated' => {
  const { sub, teams } = claims;
  if (sub === undefined || !/^[\x21-\x7e]{1,255}$/.test(sub)) return 'unauthenticated';
  const roles = textsIn(claims[rolesClaim] ?? within(claims, rolesClaim.split('.'))).filter((role) =>
    known.includes(role),
  );
  return { kind: kindOf(roles), id: sub, roles, teams: textsIn(teams) };
};

export const kindOf = (roles: readonly string[]): 'service' | 'person' =>
  roles.length > 0 && roles.every((role) => role === 'service') ? 'service' : 'person';

const within = (value: unknown, path: readonly string[]): unknown =>
  path.reduce(
    (found, name) => (Object.hasOwn(Object(found), name) ? Reflect.get(Object(found), name) : undefined),
    value,
  );

const textsIn = (value: unknown): readonly string[] => {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return [...new Set(list.filter((one) => typeof one === 'string'))];
};
