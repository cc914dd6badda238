import { slices } from '#domain';
import { type Announcement, type AnySlice, defineProjection } from '#kernel';
import { type View, views } from '#read-models';

type Announcing = Readonly<{ projection: Pick<View['projection'], 'name' | 'hears' | 'context' | 'announces'> }>;

/** `view hears Event: announced by view`, wherever what a view announces comes back to one that announces. */
const circles = (all: readonly Announcing[], of: readonly AnySlice[]): readonly string[] => {
  const announcing = all.filter(({ projection }) => projection.announces);
  const announced = announcing.flatMap(({ projection: { name, announces = [] } }) =>
    announces.flatMap(({ category }) => {
      const slice = of.find((one) => one.category === category);
      if (!slice) throw new Error(`${name} announces to a slice that is not there: ${category}`);
      return Object.keys(slice.events).map((type) => ({ type, by: name }));
    }),
  );
  return announcing.flatMap(({ projection: { name, hears, context } }) =>
    announced
      .filter(({ type }) => hears === 'everything' || [...hears, ...(context?.hears ?? [])].includes(type))
      .map(({ type, by }) => `${name} hears ${type}: announced by ${by}`),
  );
};

describe('what is announced', () => {
  it('comes back to no view that announces', () => {
    expect(views.filter(({ projection }) => projection.announces).map(({ projection }) => projection.name)).toEqual([
      'lifecycle',
      'churn_risk',
    ]);
    expect(circles(views, slices)).toEqual([]);
  });

  it.each([
    ['by hearing it', { hears: ['LifecycleStageChanged'] }],
    ['by hearing everything', { hears: 'everything' as const }],
    [
      'as context',
      {
        hears: [],
        context: { initial: {}, hears: ['LifecycleStageChanged'], fold: (value: object) => value, today: () => null },
      },
    ],
  ])('would be seen to come back %s', (_, how) => {
    const says: Announcement<{ stage: string }> = {
      ...{ name: 'when-planted-then-say', column: 'stage', category: 'relationship', policyVersion: 'p@1' },
      says: () => ({ type: 'AnnounceStage', data: {} }),
    };
    const planted = defineProjection<{ stage: string }>({
      ...{ name: 'planted', version: 1, keys: () => [], fold: () => null, announces: [says] },
      ...how,
    });
    expect(circles([...views, { projection: planted }], slices)).toContain(
      'planted hears LifecycleStageChanged: announced by lifecycle',
    );
  });
});
