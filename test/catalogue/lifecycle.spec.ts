import type { AnySlice, Event } from '#kernel';
import type { Decided } from '#testing';
import { lifecyclePage, turnsOf } from './lifecycle.js';

const slice = { category: 'visit', collection: 'visits', initial: { status: 'none' } } as unknown as AnySlice;
const event = (type: string): Event => ({ type, data: {} });
const decided = (before: string, ...told: readonly (readonly [type: string, after: string])[]): Decided => ({
  category: 'visit',
  command: 'Any',
  before: { status: before },
  events: told.map(([type]) => event(type)),
  after: told.map(([, status]) => ({ status })),
  participants: [],
});
const examples = [
  decided('none', ['VisitBegun', 'under-way']),
  decided('under-way', ['VisitorGreeted', 'under-way']),
  decided('under-way', ['VisitorGreeted', 'under-way'], ['VisitEnded', 'over']),
  decided('under-way', ['VisitCalledOff', 'over']),
];

it('a story turns where its examples say so', () =>
  expect(turnsOf(slice, [...examples, { ...decided('a', ['Elsewhere', 'b']), category: 'other' }])).toEqual([
    { from: 'none', event: 'VisitBegun', to: 'under-way' },
    { from: 'under-way', event: 'VisitorGreeted', to: 'under-way' },
    { from: 'under-way', event: 'VisitEnded', to: 'over' },
    { from: 'under-way', event: 'VisitCalledOff', to: 'over' },
  ]));

it('a picture has an arrow from state to state, and a list of what leaves none', () =>
  expect(lifecyclePage([slice], examples)).toContain(`\`\`\`mermaid
stateDiagram-v2
  state "under-way" as under_way
  [*] --> under_way : VisitBegun
  under_way --> over : VisitEnded, VisitCalledOff
\`\`\`

Without leaving its state:

- *under-way*: \`VisitorGreeted\``));

it('states without a name make no picture', () => {
  const nameless = { ...slice, initial: { visits: 0 } } as unknown as AnySlice;
  expect(turnsOf(nameless, examples)).toBeUndefined();
  expect(lifecyclePage([nameless], examples)).toContain(
    '## [visits](events/visits.md)\n\nIts stories go through no states',
  );
});

it('a state that lost its name is no state', () => {
  const [first] = examples;
  expect(() => turnsOf(slice, [{ ...(first as Decided), after: [{}] }])).toThrow('without a status');
});
