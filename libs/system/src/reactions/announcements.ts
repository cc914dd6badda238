import type { Announced } from '#projections';
import { views } from '#read-models';

/** What the views announce. */
export const announcements: readonly Announced[] = views.flatMap(({ projection: { name: view, announces = [] } }) =>
  announces.map((one) => ({ ...one, view })),
);
