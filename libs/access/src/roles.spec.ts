import { defaultRoles } from '#domain';
import { fieldClasses } from '#kernel';
import { authorise, isOpen, type RolesPolicy, rolesOf } from './roles.js';

const policy: RolesPolicy = { version: 1, body: defaultRoles };
const personal = ['identity', 'contact', 'document', 'health', 'preference', 'free_text'];

const seen = (action: string, ...roles: readonly string[]) => {
  const grant = authorise(policy, { roles }, action);
  return grant.allowed ? { fields: [...grant.fields].sort(), scope: grant.scope } : grant.code;
};

describe('the roles that ship', () => {
  it('are the seven of the house', () => {
    expect([...rolesOf(policy)].sort()).toEqual([
      'administrator',
      'agent',
      'analyst',
      'auditor',
      'data-protection-officer',
      'service',
      'supervisor',
    ]);
  });

  it('show nothing personal to who counts, audits or keeps the machine', () => {
    for (const role of ['analyst', 'auditor', 'administrator'])
      expect([role, policy.body.roles[role]?.fields.filter((field) => personal.includes(field))]).toEqual([role, []]);
    expect(policy.body.roles.service?.fields.filter((field) => personal.includes(field))).toEqual(['contact']);
  });

  it('let an auditor, an analyst and an officer command nothing of the business', () => {
    for (const action of ['RegisterIndividual', 'PlaceBooking', 'EarnPoints', 'BlockCustomer'])
      expect(seen(action, 'auditor', 'analyst', 'data-protection-officer', 'administrator')).toBe('forbidden');
  });

  it('let everything be done by who has all of them, and everything be seen', () => {
    for (const action of Object.keys(policy.body.actions))
      expect([action, authorise(policy, { roles: rolesOf(policy) }, action).allowed]).toEqual([action, true]);
    expect(seen('CustomerOverview', ...rolesOf(policy))).toEqual({ fields: [...fieldClasses].sort(), scope: 'all' });
  });
});

describe('an action', () => {
  it('that is not listed is refused to all, whatever it is called', () => {
    for (const action of ['FlyToTheMoon', 'constructor', '__proto__', 'toString', ''])
      expect([action, seen(action, ...rolesOf(policy)), isOpen(policy, action)]).toEqual([action, 'forbidden', false]);
  });

  it('is refused to roles that are not listed, or that nobody knows', () => {
    expect(seen('BlockCustomer', 'agent')).toBe('forbidden');
    expect(seen('BlockCustomer')).toBe('forbidden');
    expect(seen('BlockCustomer', 'constructor', '__proto__', 'anyone', 'superuser')).toBe('forbidden');
  });

  it('that is open shows nothing of anyone', () => {
    expect(seen('Health')).toEqual({ fields: [], scope: 'team' });
  });

  it('is granted with the fields of the roles that grant it, and of no other', () => {
    expect(seen('ReadAccessLog', 'agent', 'auditor')).toEqual({ fields: ['audit', 'operational'], scope: 'all' });
  });

  it('shows by two roles together nothing of somebody that neither shows', () => {
    const agent = seen('CustomerOverview', 'agent');
    expect(agent).toMatchObject({ scope: 'team' });
    expect(seen('CustomerOverview', 'analyst')).toMatchObject({ scope: 'all' });
    expect(seen('CustomerOverview', 'agent', 'analyst')).toEqual(agent);
    expect(seen('CustomerOverview', 'agent', 'supervisor')).toMatchObject({ scope: 'all' });
  });
});
