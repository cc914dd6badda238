import {
  type Milestone,
  milestones,
  type Pledge,
  type ServiceLevels,
  type Severity,
  severities,
} from './service-levels.js';

/**
 * A clock that a complaint is to have. `pauses`: whether a hold of ours stops it. Of what was promised counts what is due
 * first; of several at one instant the first here.
 */
export type ClockPromise = Readonly<{
  clock: string;
  endsWith: Milestone;
  pauses: boolean;
  isStatutory: boolean;
  promised: readonly Pledge[];
}>;

/** For whom more is promised: customers of a tier, and of contracts. */
export type Standing = Readonly<{ tierAtFiling?: string | undefined; contracts?: readonly string[] | undefined }>;

export const contractPolicy = (contract: string): `sla.contract.${string}` => `sla.contract.${contract}`;

/** The policies that promise them something beside `sla.default`, whether somebody has published them or not. */
export const policiesBeside = ({ tierAtFiling, contracts = [] }: Standing): readonly `sla.${string}`[] => [
  ...(tierAtFiling === undefined ? [] : [`sla.tier.${tierAtFiling}` as const]),
  ...contracts.map(contractPolicy),
];

const FIELDS = {
  acknowledgement: 'acknowledgement',
  first_response: 'firstResponse',
  resolution: 'resolution',
} as const;

const pledgeOf = (levels: ServiceLevels, severity: Severity | undefined, milestone: Milestone): Pledge => {
  const { warnAt, ...targets } = levels[severity ?? levels.unclassified];
  return { target: targets[FIELDS[milestone]], warnAt };
};

/** The clocks of a complaint of that severity under these regimes; `all` holds what is promised to everybody first. */
export const promisesFor = (
  all: readonly ServiceLevels[],
  severity: Severity | undefined,
  regimes: readonly string[],
): readonly ClockPromise[] => {
  const ours = (all.length === 0 ? [] : milestones).map((endsWith) => ({
    ...{ clock: endsWith, endsWith, isStatutory: false, pauses: endsWith === 'resolution' },
    promised: all.map((levels) => pledgeOf(levels, severity, endsWith)),
  }));
  const laws = all
    .flatMap(({ statutory }) => statutory)
    .filter(({ regime }) => regimes.includes(regime))
    .map(({ clock, endsWith, target, warnAt }) => ({
      ...{ clock, endsWith, isStatutory: true, pauses: false, promised: [{ target, warnAt }] },
    }));
  return [...ours, ...laws];
};

/** Every calendar that the promises lean on. */
export const calendarsIn = (levels: ServiceLevels): readonly string[] => {
  const regimes = levels.statutory.map(({ regime }) => regime);
  return calendarsOf(severities.flatMap((severity) => promisesFor([levels], severity, regimes)));
};

export const calendarsOf = (promises: readonly Pick<ClockPromise, 'promised'>[]): readonly string[] => [
  ...new Set(promises.flatMap(({ promised }) => promised.map(({ target }) => target.calendar))),
];
