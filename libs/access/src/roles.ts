import type { FieldClass } from '#kernel';
import type { Principal } from './principal.js';

type Role = Readonly<{ fields: readonly FieldClass[]; scope: 'team' | 'all' }>;

/** Who may what: a version of the policy of kind `roles`. */
export type RolesPolicy = Readonly<{
  version: number;
  body: Readonly<{
    roles: Readonly<Record<string, Role>>;
    /** Every action there is, and the roles that may; one not listed is refused to all. */
    actions: Readonly<Record<string, readonly string[]>>;
  }>;
}>;

export type Grant =
  | Readonly<{ allowed: true; fields: ReadonlySet<FieldClass>; scope: 'team' | 'all' }>
  | Readonly<{ allowed: false; code: 'forbidden' }>;

/** In an action's list: it is open to whoever comes, and shows nothing of anyone. */
const ANYONE = 'anyone';

/**
 * Whether somebody may do something, and what they see of it: the fields of those of their roles that may. Their scope
 * is `all` only where the roles of that scope see all of these fields by themselves: two roles together show nothing of
 * somebody that neither does.
 */
export const authorise = ({ body }: RolesPolicy, { roles }: Pick<Principal, 'roles'>, action: string): Grant => {
  const listed = Object.hasOwn(body.actions, action) ? (body.actions[action] as readonly string[]) : [];
  const granting = roles.filter((name) => listed.includes(name) && Object.hasOwn(body.roles, name));
  if (granting.length === 0 && !listed.includes(ANYONE)) return { allowed: false, code: 'forbidden' };
  return grantOf(body, granting);
};

/** By policy and the names of roles: every request asks. */
const grants = new WeakMap<RolesPolicy['body'], Map<string, Grant>>();

const grantOf = (body: RolesPolicy['body'], names: readonly string[]): Grant => {
  const known = grants.get(body) ?? new Map<string, Grant>();
  grants.set(body, known);
  const key = names.join();
  const grant = known.get(key) ?? combined(names.map((name) => body.roles[name] as Role));
  known.set(key, grant);
  return grant;
};

const combined = (granting: readonly Role[]): Grant => {
  const fields = new Set(granting.flatMap((role) => role.fields));
  const everywhere = new Set(granting.filter(({ scope }) => scope === 'all').flatMap((role) => role.fields));
  return { allowed: true, fields, scope: fields.size > 0 && everywhere.size === fields.size ? 'all' : 'team' };
};

/** Whether an action asks nobody who they are. */
export const isOpen = ({ body }: RolesPolicy, action: string): boolean =>
  Object.hasOwn(body.actions, action) && (body.actions[action] as readonly string[]).includes(ANYONE);

/** The names of all roles. */
export const rolesOf = ({ body }: RolesPolicy): readonly string[] => Object.keys(body.roles);
