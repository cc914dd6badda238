import { readStatus, waitFor } from '#projections';
import { engineOver, isLoopback, readReactions, type Session, StoredAnswers } from '#system';
import { ANSWERED_ONCE, AnsweredOnce } from './answered-once.js';
import { FORGETTING } from './erasure-door.js';
import { DOOR_RULES, type DoorRules } from './front-door.js';
import { ACCESS, DENIALS } from './guard.js';
import { CONDITION, type Condition } from './machine-door.js';
import { ENGINE } from './projections-door.js';
import { LOCALE, VIEW_GATE, type ViewGate } from './view-gate.js';

const ANSWERS_WITHIN_MS = 1500;

const gateOver = ({ sql }: Session): ViewGate => ({
  seen: (view, position, milliseconds) => waitFor(sql, view, position, milliseconds),
});

const conditionOf = ({ sql, store }: Session): Condition => ({
  views: () => readStatus(sql),
  reactions: () => readReactions(sql),
  missing: async () => {
    const asked = { postgres: sql('select 1'), 'event-store': store.head() };
    const late = new Promise((_, fail) => setTimeout(fail, ANSWERS_WITHIN_MS).unref());
    late.catch(() => undefined);
    const answers = await Promise.allSettled(Object.values(asked).map((answer) => Promise.race([answer, late])));
    return Object.keys(asked).filter((_, index) => answers[index]?.status === 'rejected');
  },
});

const rulesOf = ({ settings: { host, rate, failures, proxies } }: Session): DoorRules => ({
  rate,
  failures,
  proxies: proxies === undefined ? [] : proxies.split(','),
  isLocal: proxies === undefined && isLoopback(host),
});

/** What stands behind the ports that only the front door has. */
export const doorPortsOf = (session: Session) => [
  { provide: VIEW_GATE, useValue: gateOver(session) },
  { provide: CONDITION, useValue: conditionOf(session) },
  { provide: ANSWERED_ONCE, useValue: new AnsweredOnce(new StoredAnswers(session.pool, session.log)) },
  { provide: DOOR_RULES, useValue: rulesOf(session) },
  { provide: ACCESS, useValue: session.access },
  { provide: DENIALS, useValue: session.accessLog },
  { provide: ENGINE, useValue: engineOver(session) },
  { provide: FORGETTING, useValue: session.forgetting },
  { provide: LOCALE, useValue: session.settings.locale },
];
