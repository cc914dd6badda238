import {
  type Milestone,
  milestones,
  type ServiceLevels,
  type Severity,
  severities,
  type Target,
} from './service-levels.js';

/** A clock that a complaint is to have. `pauses`: whether a hold of ours stops it. */
export type ClockPromise = Readonly<{
  clock: string;
  endsWith: Milestone;
  pauses: boolean;
  isStatutory: boolean;
  target: Target;
  warnAt: readonly number[];
}>;

const FIELDS = {
  acknowledgement: 'acknowledgement',
  first_response: 'firstResponse',
  resolution: 'resolution',
} as const;

/** The clocks of a complaint of that severity under these regimes. */
export const promisesFor = (
  levels: ServiceLevels,
  severity: Severity | undefined,
  regimes: readonly string[],
): readonly ClockPromise[] => {
  const { warnAt, ...promised } = levels[severity ?? levels.unclassified];
  const ours = milestones.map((endsWith) => ({
    ...{ clock: endsWith, endsWith, isStatutory: false, pauses: endsWith === 'resolution' },
    ...{ target: promised[FIELDS[endsWith]], warnAt },
  }));
  const laws = levels.statutory
    .filter(({ regime }) => regimes.includes(regime))
    .map(({ regime: _, source: __, ...law }) => ({ ...law, isStatutory: true, pauses: false }));
  return [...ours, ...laws];
};

/** Every calendar that the promises lean on. */
export const calendarsIn = (levels: ServiceLevels): readonly string[] => {
  const regimes = levels.statutory.map(({ regime }) => regime);
  const all = severities.flatMap((severity) => promisesFor(levels, severity, regimes));
  return [...new Set(all.map(({ target }) => target.calendar))];
};
