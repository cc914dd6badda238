import { type Rejection, reject } from '#kernel';
import { roles as shipped } from './default-roles.js';
import type { Roles } from './roles.messages.js';

/** In an action's list: whoever comes, without saying who they are. */
const ANYONE = 'anyone';

const known = new Set(Object.keys(shipped.actions));

/** Why roles can not be those of the company; `publishing`: what must always be somebody's to say, and never anyone's. */
export const faultInRoles = ({ roles, actions }: Roles, publishing: readonly string[]): Rejection | undefined => {
  const listed = (action: string) => (Object.hasOwn(actions, action) ? (actions[action] as readonly string[]) : []);
  const isRole = (name: string) => Object.hasOwn(roles, name);
  const strange = Object.keys(actions).find((action) => !known.has(action));
  // What nobody knows may be anything: only what looks like a name is said again.
  if (strange !== undefined)
    return reject('action-unknown', /^(cli:)?\w{1,40}$/.test(strange) ? { action: strange } : undefined);
  const misnaming = Object.keys(actions).find((action) =>
    listed(action).some((name) => name !== ANYONE && !isRole(name)),
  );
  if (misnaming !== undefined) return reject('role-unknown', { action: misnaming });
  const open = publishing.find((action) => listed(action).includes(ANYONE));
  if (open !== undefined) return reject('anyone-could-publish', { action: open });
  const nobodys = publishing.find((action) => !listed(action).some(isRole));
  return nobodys === undefined ? undefined : reject(LOCKS_OUT, { action: nobodys });
};

/** Nobody could do anything about it any more. */
export const LOCKS_OUT = 'locks-everybody-out';
