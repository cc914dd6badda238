import { authorise, fieldClasses, isOpen, type RolesPolicy, rolesOf } from '#access';
import type { Doorway } from '../../apps/api/src/guard.js';

const [YES, NO] = ['✓', '–'];
/** The column of who comes without saying who they are. */
export const NOBODY = 'nobody in particular';

/** A cell: of a row, whether that role may. */
export type Cell = Readonly<{ row: readonly string[]; role: string; may: boolean }>;

/** The page of who may what, from the policy and the routes that are registered. A HEAD is as its GET. */
export const rightsPage = (policy: RolesPolicy, doorways: readonly Doorway[]): string => {
  const roles = rolesOf(policy);
  const routes = doorways
    .filter(({ method }) => method !== 'HEAD')
    .flatMap(({ method, url, actions }) => actions.map((action, index) => [`${method} ${url}`, index, action] as const))
    .map(([route, index, action]) => {
      const may = (role: string) => authorise(policy, { roles: [role] }, action).allowed;
      const cells = [isOpen(policy, action), ...roles.map(may)].map((allowed) => (allowed ? YES : NO));
      return [`\`${route}\`${index > 0 ? ' as an event stream' : ''}`, action, ...cells];
    });
  const classes = Object.entries(policy.body.roles).map(([role, { fields, scope }]) => [
    role,
    scope === 'all' ? 'all' : 'of their teams, or of none',
    ...fieldClasses.map((name) => (fields.includes(name) ? YES : NO)),
  ]);
  return `# Who may what

Generated from the roles that ship and the routes that are registered: \`npm run rights\` writes it again, and every cell
is tried against the running API by the tests. A file of your own roles changes it ([how](how-to/let-people-in.md)).

## Routes

${tableOf(['route', 'action', NOBODY, ...roles], routes.sort())}

## What is shown

A field of another class is \`{ "masked": true }\`. *Customers* says of whom: those of other teams are as if they were not
there.

${tableOf(['role', 'customers', ...fieldClasses], classes)}
`;
};

const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** The cells as they stand on the page: of the routes, or of the classes (there the column is the class). */
export const cellsOn = (page: string, section: 'Routes' | 'What is shown'): readonly Cell[] => {
  const [, text = ''] = page.split(`## ${section}\n`);
  const lines = (text.split('\n## ')[0] as string).split('\n').filter((line) => line.startsWith('|'));
  const [head = [], , ...rows] = lines.map((line) => line.slice(2, -2).split(' | '));
  return rows.flatMap((row) =>
    row.slice(2).map((cell, index) => ({ row: row.slice(0, 2), role: head[index + 2] as string, may: cell === YES })),
  );
};
