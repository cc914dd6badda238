import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  type Access,
  type Asking,
  anyone,
  authorise,
  type FieldClass,
  isOpen,
  isPurpose,
  type RolesPolicy,
} from '#access';
import { credentialIn } from './credentials.js';
import { misfit, Problem, problemIn, sendProblem } from './problem.js';
import type { Rates } from './rates.js';

/** Who may come in, and what with. */
export const ACCESS = Symbol('Access');

/** Keeps on record who asked for what is not theirs. */
export type Denials = Readonly<{ denied(asking: Asking): void }>;
export const DENIALS = Symbol('Denials');

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, and what they may see. Not there where no route was found. */
    asking: Asking;
    /** Whether they still may: for answers that go on. */
    mayStill: () => Promise<boolean>;
  }
  interface FastifyContextConfig {
    action?: string;
    following?: string;
  }
}

/** The action of a door, by which the roles policy knows it. `following` is what asking for an event stream is. */
export const Door = (action: string, following?: string) => RouteConfig({ action, ...(following && { following }) });

/** A route as it is registered. */
export type Doorway = Readonly<{ method: string; url: string; actions: readonly string[] }>;

/**
 * Lets nobody through a door who may not: asks who it is before anything is read, and leaves them on the request
 * (`asking`). A route that names no action, or one without a rule, is refused to all. Call it before routes are registered.
 * @returns every route that was registered since
 */
export const guardDoors = (
  fastify: FastifyInstance,
  access: Access,
  { cookie, denials, rates }: Readonly<{ cookie: string; denials: Denials; rates: Pick<Rates, 'spend'> }>,
): readonly Doorway[] => {
  const doorways: Doorway[] = [];
  fastify.addHook('onRoute', ({ method, url, config = {} }) => {
    const { action, following } = config as Readonly<{ action?: string; following?: string }>;
    const actions = [action, following].filter((one) => one !== undefined);
    for (const one of [method].flat()) doorways.push({ method: one, url, actions });
  });
  fastify.addHook('onRequest', async (request, reply) => {
    if (request.is404) return;
    request.mayStill = () =>
      grantedTo(request, access, cookie).then(
        ({ may }) => may,
        () => false,
      );
    try {
      const { may, asking } = await grantedTo(request, access, cookie);
      // Whoever they are, from however many networks.
      if (asking.principal !== anyone) await rates.spend(`${asking.principal.kind}:${asking.principal.id}`);
      if (!may) {
        denials.denied(asking);
        throw forbidden;
      }
      request.asking = asking;
    } catch (error) {
      return sendProblem(reply, problemIn(error));
    }
  });
  return doorways;
};

/** The routes that the policy has no rule for. */
export const withoutRule = (doorways: readonly Doorway[], { body }: RolesPolicy): readonly Doorway[] =>
  doorways.filter(
    ({ actions }) => actions.length === 0 || !actions.every((action) => Object.hasOwn(body.actions, action)),
  );

const forbidden = new Problem(403, 'forbidden');
export const unauthenticated = new Problem(401, 'unauthenticated', undefined, { 'www-authenticate': 'Bearer' });
export const cannotVerify = new Problem(503, 'cannot-verify', undefined, { 'retry-after': '2' });

type Granted = Readonly<{ may: boolean; asking: Asking }>;

const NOTHING = { fields: new Set<FieldClass>(), scope: 'team' as const, purpose: 'none' };

const grantedTo = async (request: FastifyRequest, access: Access, cookie: string): Promise<Granted> => {
  const action = actionOf(request);
  if (action === undefined) throw forbidden;
  const principal = isOpen(access.policy, action) ? anyone : await principalOf(request, access, cookie);
  const grant = authorise(access.policy, principal, action);
  if (!grant.allowed) return { may: false, asking: { principal, ...NOTHING, action } };
  const { fields, scope } = grant;
  return { may: true, asking: { principal, fields, scope, purpose: purposeIn(request.headers.purpose), action } };
};

const actionOf = ({ routeOptions: { config }, headers: { accept = '' } }: FastifyRequest): string | undefined => {
  const { action, following } = config;
  return following !== undefined && accept.includes('text/event-stream') ? following : action;
};

const principalOf = async (request: FastifyRequest, access: Access, cookie: string) => {
  const credential = credentialIn(request.headers, cookie);
  if (!credential) throw unauthenticated;
  const found = await access.recognise(credential.as, credential.text);
  if (found === 'unavailable') throw cannotVerify;
  if (found === 'unauthenticated') throw unauthenticated;
  return found;
};

const purposeIn = (purpose: string | readonly string[] = 'service'): string => {
  if (typeof purpose === 'string' && isPurpose(purpose)) return purpose;
  throw misfit({ pointer: '/Purpose', detail: 'must be a code of at most 60 characters like complaint_handling' });
};
