/** Who asks. `id` is opaque: what the issuer calls them, never a name. */
export type Principal = Readonly<{
  kind: 'person' | 'service' | 'system';
  id: string;
  roles: readonly string[];
  teams: readonly string[];
}>;

/** Nobody in particular: who came without saying who they are. */
export const anyone: Principal = { kind: 'person', id: 'anyone', roles: [], teams: [] };

/** Whoever can read the keys of the data folder; in the policy's name, every role it has. */
export const localAdministrator = (roles: readonly string[]): Principal => ({
  kind: 'person',
  id: 'local',
  roles,
  teams: [],
});
