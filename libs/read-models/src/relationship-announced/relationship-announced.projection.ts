import type { AnnouncedEvent, Assessed, Stage } from '#domain';
import { defineProjection, idIn, perStream } from '#kernel';

/** Null: nothing of the kind was announced. */
export type RelationshipAnnouncedRow = Readonly<{
  customerId: string;
  stage: Stage | null;
  score: number | null;
  band: Assessed['band'] | null;
}>;

/** What was last announced of each customer: beside what is concluded now it shows what was never said. */
export const relationshipAnnounced = defineProjection<RelationshipAnnouncedRow, AnnouncedEvent>({
  name: 'relationship_announced',
  version: 1,
  hears: ['LifecycleStageChanged', 'ChurnRiskAssessed'],
  keys: perStream,
  fold: (row, { type, data, stream }) => {
    const before = row ?? { customerId: idIn(stream), stage: null, score: null, band: null };
    if (type === 'LifecycleStageChanged') return { ...before, stage: data.to };
    return { ...before, score: data.score, band: data.band };
  },
});
