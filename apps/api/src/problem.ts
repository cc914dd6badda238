import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import {
  KEY_REUSED,
  type Misfit,
  misfits,
  NEVER_OPENED,
  OVERTAKEN,
  TOO_LARGE,
  Unavailable,
  unstorable,
} from '#application';
import type { Class, Rejection } from '#kernel';
import type { Logger } from '#system';

/** An answer that is no: status, stable code, and where it does not fit. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code = codeOf(status),
    readonly errors?: readonly Misfit[],
    readonly headers: Readonly<Record<string, string>> = {},
    /** What would make it a yes. */
    readonly details?: Rejection['details'],
  ) {
    super(code);
  }
}

const codeOf = (status: number) => String(STATUS_CODES[status]).toLowerCase().replaceAll(' ', '-');

/** What does not fit: 422, each place pointed at, no value quoted. */
export const misfit = (...errors: readonly Misfit[]) => new Problem(422, 'misfit', errors);

/** Lets through what was said as it was said, or not at all. */
export const fitting = <Said extends object>(said: unknown, shapes: readonly Class[]): Said => {
  const errors = [...unstorable(said), ...misfits(said, shapes)];
  if (errors.length > 0) throw misfit(...errors);
  return said as Said;
};

/** A refusal of the shell has a status of its own; a slice's no is a conflict. */
const STATUS_OF_REFUSAL: Readonly<Record<string, number>> = {
  [NEVER_OPENED]: 404,
  [OVERTAKEN]: 412,
  [TOO_LARGE]: 413,
};
export const refusal = ({ rejected: code, details }: Rejection) =>
  new Problem(STATUS_OF_REFUSAL[code] ?? 409, code, undefined, {}, details);

/** Something else was said under that key before; what it was stays as it is. */
export const keyReused = () =>
  new Problem(422, KEY_REUSED, [{ pointer: '/Idempotency-Key', detail: 'must not have said something else before' }]);

/** RFC 9457, whatever went wrong. Never a stack trace, never a value that came in. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost) {
    const problem = problemIn(error);
    if (problem.status === 500) this.logger.error({ err: error }, 'a request failed');
    sendProblem(host.switchToHttp().getResponse<FastifyReply>(), problem);
  }
}

export const sendProblem = (reply: FastifyReply, problem: Problem) =>
  reply.status(problem.status).headers(problem.headers).type('application/problem+json').send(bodyOf(problem));

/** A problem as it stands on the wire: the status line's text, and the body. */
export const written = (problem: Problem) => ({
  line: `${problem.status} ${STATUS_CODES[problem.status]}`,
  body: JSON.stringify(bodyOf(problem)),
});

const bodyOf = ({ status, code, errors, details }: Problem) => ({
  type: 'about:blank',
  title: STATUS_CODES[status],
  status,
  code,
  details,
  errors: errors?.slice(0, MOST_ERRORS),
});
/** Whoever sends a thousand wrong fields has read enough after these. */
const MOST_ERRORS = 100;

export const problemIn = (error: unknown): Problem => {
  if (error instanceof Problem) return error;
  if (error instanceof Unavailable) return new Problem(503, 'busy', undefined, { 'retry-after': '1' });
  const status = error instanceof HttpException ? error.getStatus() : Number(Reflect.get(Object(error), 'statusCode'));
  return new Problem(status >= 400 && status < 500 ? status : 500);
};
