import { defineSlice } from '#kernel';
import { commands, events, type VisitCommand, type VisitEvent } from './visit.messages.js';
import { words } from './visit.words.js';

type Visit = { visitor?: string };

export const visit = defineSlice<VisitCommand, Visit, VisitEvent>({
  category: 'visit',
  collection: 'visits',
  openings: ['RecordVisit'],
  commands,
  events,
  upcasters: {},
  initial: {},
  evolve: (_, { data }) => ({ visitor: data.visitor }),
  decide: ({ data }, { visitor }) => (visitor ? [] : [{ type: 'BranchVisited', data }]),
  participants: ({ visitor }) => (visitor ? [{ id: visitor, role: 'visitor' }] : []),
  touchpoint: ({ data }) => ({ sentiment: 1, summary: 'visited', params: { branch: data.branch } }),
  words,
});
