import type { policy } from '#domain';
import type { EventOf } from '#kernel';
import { at, view } from '#testing';
import { policies } from './policies.projection.js';

const { given } = view(policies);
const published = (version: number, more: object = {}): EventOf<typeof policy> => ({
  type: 'PolicyPublished',
  data: { kind: 'loyalty', id: 'gold', version, effectiveFrom: '2026-04-01T00:00:00.000Z', body: { a: 1 }, ...more },
});
const noon = '2026-03-01T12:00:00.000Z';

describe('the rules of the company', () => {
  it('are there in every version, each under the name that facts know it by', () =>
    given({ stream: 'policy-loyalty.gold', events: [published(1), published(2)].map((event) => at(noon, event)) })
      .on('2026-03-02')
      .then({
        'loyalty.gold@1': {
          kind: 'loyalty',
          name: 'gold',
          version: 1,
          body: { a: 1 },
          publishedAt: noon,
          correctedBy: null,
        },
        'loyalty.gold@2': { version: 2, effectiveFrom: '2026-04-01T00:00:00.000Z', corrects: null, reason: null },
      }));

  it('say which version stands in the place of one that was wrong', () =>
    given({
      stream: 'policy-loyalty.gold',
      events: [published(1), published(2, { corrects: 1, reason: 'typing_error' })].map((event) => at(noon, event)),
    })
      .on('2026-03-02')
      .then({
        'loyalty.gold@1': { correctedBy: 2, reason: null },
        'loyalty.gold@2': { corrects: 1, reason: 'typing_error', correctedBy: null },
      }));
});
