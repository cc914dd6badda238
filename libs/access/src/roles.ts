import { isInstant } from '#kernel';
import { type FieldClass, fieldClasses, type Principal } from './principal.js';

type Role = Readonly<{ fields: readonly FieldClass[]; scope: 'team' | 'all' }>;

/** Who may what: a version of a policy, as `PolicyPublished` has it. */
export type RolesPolicy = Readonly<{
  kind: 'roles';
  id: string;
  version: number;
  effectiveFrom: string;
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

/** A policy that cannot be used; the message says where, a line each. */
export class WrongRoles extends Error {}

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

/** Reads a policy from its JSON text. Throws `WrongRoles` with all that is wrong. */
export const readRoles = (text: string): RolesPolicy => {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw new WrongRoles('it must be JSON');
  }
  const wrong = faultsOf(policy);
  if (wrong.length > 0) throw new WrongRoles(wrong.join('\n'));
  return policy as RolesPolicy;
};

const faultsOf = (policy: unknown): readonly string[] => {
  const { kind, id, version, effectiveFrom, body } = fieldsOf(policy);
  const roles = fieldsOf(fieldsOf(body).roles);
  const actions = fieldsOf(fieldsOf(body).actions);
  const known = new Set([...Object.keys(roles), ANYONE]);
  return [
    ...unless(kind === 'roles', 'kind must be "roles"'),
    ...unless(isName(id), 'id must be a name'),
    ...unless(Number.isInteger(version) && Number(version) > 0, 'version must be a whole number from 1 on'),
    ...unless(isInstant(effectiveFrom), 'effectiveFrom must be an instant in UTC with milliseconds'),
    ...unless(Object.keys(roles).length > 0, 'body.roles must name roles'),
    ...unless(Object.keys(actions).length > 0, 'body.actions must name actions'),
    ...Object.entries(roles).flatMap(([name, role]) => faultsOfRole(name, fieldsOf(role))),
    ...Object.entries(actions).flatMap(([name, who]) =>
      unless(isListOf(who, known), `body.actions["${name}"] must list roles of body.roles, or "${ANYONE}"`),
    ),
  ];
};

const faultsOfRole = (name: string, { fields, scope }: Readonly<Record<string, unknown>>): readonly string[] => [
  ...unless(isName(name) && name !== ANYONE, `body.roles["${name}"]: a role has a name like data-protection-officer`),
  ...unless(
    isListOf(fields, new Set(fieldClasses)),
    `body.roles["${name}"].fields must list some of ${fieldClasses.join(', ')}`,
  ),
  ...unless(scope === 'team' || scope === 'all', `body.roles["${name}"].scope must be "team" or "all"`),
];

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
const isName = (value: unknown) => typeof value === 'string' && /^[a-z0-9]+([._-][a-z0-9]+)*$/.test(value);
const isListOf = (value: unknown, known: ReadonlySet<unknown>) =>
  Array.isArray(value) && value.every((one) => known.has(one));
const unless = (holds: boolean, fault: string): readonly string[] => (holds ? [] : [fault]);
