import { ProjectionEngine } from '#projections';
import { views } from '#read-models';
import { forgottenBy } from './keys.js';
import type { Session } from './session.js';

/** The engine over this session's stores, keeping every view there is: `shared` with other projectors, or all of them. */
export const engineOver = (
  { store, pool, logger, secrets }: Session,
  { shared = false }: Readonly<{ shared?: boolean }> = {},
): ProjectionEngine => {
  const log = {
    follow: store.follow.bind(store),
    head: store.head.bind(store),
    read: (stream: string, from = 0n) => store.read(stream, { from }),
  };
  const { rows } = secrets;
  return new ProjectionEngine({ log, pool, views, logger, rows, forgets: forgottenBy, poison: 'park', shared });
};
