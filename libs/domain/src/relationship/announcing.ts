import type { Risk } from './churn.js';
import { defaultParameters, PARAMETERS } from './parameters.js';
import type { Assessed, RelationshipCommand } from './relationship.messages.js';
import type { Standing } from './stage.js';
import type { Stage } from './stage-rules.js';

type Command<T extends RelationshipCommand['type']> = Extract<RelationshipCommand, { type: T }>;

/** So many events at most are named as evidence. */
const MOST = 100;

/** What is to be said of a standing that was another, or none, before. */
export const stageAnnounced = (standing: Omit<Standing, 'nextChangeOn'>, from?: Stage): Command<'AnnounceStage'> => {
  const { stage: to, since, overlay, rule, inputs, evidence } = standing;
  const { services, servicesInYear, ...others } = inputs;
  const known = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== null));
  return {
    type: 'AnnounceStage',
    data: {
      ...(from && { from }),
      ...{ to, since },
      ...(overlay && { overlay }),
      rule,
      inputs: { ...known, services, servicesInYear },
      evidence: evidence.slice(0, MOST),
      policyVersion: PARAMETERS,
    },
  };
};

/** What is to be said of a risk that was another, or none, before. */
export const riskAnnounced = ({ score, band, contributions }: Risk, was?: Assessed): Command<'AnnounceChurnRisk'> => ({
  type: 'AnnounceChurnRisk',
  data: {
    ...{ score, band },
    ...(was && { was: { score: was.score, band: was.band } }),
    contributions: contributions.map((one) => ({ ...one, eventIds: one.eventIds.slice(0, MOST) })),
    policyVersion: PARAMETERS,
  },
});

/** Of whom nothing was ever said. */
export const CALM: Assessed = { score: 0, band: 'low' };

/** Whether the risk has moved so far since it was told that it is worth telling again. */
export const isNews = (told: Assessed, now: Assessed): boolean =>
  told.band !== now.band || Math.abs(told.score - now.score) >= defaultParameters.churn.newsFrom;
