import { dayNumber, idIn, type Recorded } from '#kernel';
import { localDayOf } from '../vocabulary/calendar.js';
import { bookingMemories } from './booking-memories.js';
import type {
  ComplaintMemory,
  Memories,
  Memory,
  Place,
  RelationshipEvent,
  RelationshipFact,
  RelationshipState,
  Told,
} from './state.js';

const registered = (state: RelationshipState, { id }: Told, { day }: Place): RelationshipState => ({
  ...state,
  registered: { day, eventId: id },
});

const complained: Memory<'ComplaintFiled'> = (state, { id, data }, { story, day }) =>
  withComplaint(state, story, { eventId: id, severity: data.severity ?? null, spans: [[day, null]] });

const classified: Memory<'ComplaintClassified'> = (state, { data }, { story }) => {
  const complaint = state.complaints[story];
  return complaint ? withComplaint(state, story, { ...complaint, severity: data.severity }) : state;
};

const settled = (state: RelationshipState, _: Told, { story, day }: Place): RelationshipState => {
  const complaint = state.complaints[story];
  if (!complaint) return state;
  const spans = complaint.spans.map(([from, to]) => [from, to ?? day] as const);
  return withComplaint(state, story, { ...complaint, spans });
};

const reopened: Memory<'ComplaintReopened'> = (state, { id }, { story, day }) => {
  const complaint = state.complaints[story];
  if (!complaint) return state;
  return withComplaint(state, story, { ...complaint, eventId: id, spans: [...complaint.spans, [day, null]] });
};

const withComplaint = (state: RelationshipState, story: string, complaint: ComplaintMemory): RelationshipState => ({
  ...state,
  complaints: { ...state.complaints, [story]: complaint },
});

const missed: Memory<'CallbackMissed'> = (state, { id, meta }, { story, day }) => {
  if (state.calledBackAt !== null && state.calledBackAt >= meta.occurredAt) return state;
  const callback = { day, eventId: id, at: meta.occurredAt };
  return { ...state, missedCallbacks: { ...state.missedCallbacks, [story]: callback } };
};

const calledBack: Memory<'CallbackCompleted'> = (state, { meta }) => {
  const isLater = state.calledBackAt === null || meta.occurredAt > state.calledBackAt;
  if (!isLater) return state;
  const unhealed = Object.entries(state.missedCallbacks).filter(([, { at }]) => at > meta.occurredAt);
  return { ...state, calledBackAt: meta.occurredAt, missedCallbacks: Object.fromEntries(unhealed) };
};

const memories: Memories = {
  ...bookingMemories,
  IndividualRegistered: registered,
  OrganizationRegistered: registered,
  CustomerClosed: (state, { id }, { day }) => ({ ...state, closed: { day, eventId: id } }),
  CustomerReopened: (state) => ({ ...state, closed: null }),
  CustomerBlocked: (state, { id }, { day }) => ({ ...state, blocked: { day, eventId: id } }),
  CustomerUnblocked: (state) => ({ ...state, blocked: null }),
  PersonalDataErased: (state, { id }, { day }) => ({ ...state, erased: { day, eventId: id } }),
  ComplaintFiled: complained,
  ComplaintClassified: classified,
  ComplaintResolved: settled,
  ComplaintClosed: settled,
  ComplaintWithdrawn: settled,
  ComplaintReopened: reopened,
  CallbackMissed: missed,
  CallbackCompleted: calledBack,
};

/** The facts that `remember` understands. */
export const relationshipFacts = Object.keys(memories) as readonly RelationshipFact[];

const blank = (firstSeen: number): RelationshipState => ({
  firstSeen,
  registered: null,
  blocked: null,
  closed: null,
  erased: null,
  vertical: null,
  days: [],
  services: {},
  bookings: {},
  cancelledByUs: {},
  complaints: {},
  missedCallbacks: {},
  calledBackAt: null,
  revenue: {},
});

/** What is known after one more fact that names this customer. `zone` is the company's, whose days count. */
export const remember = (
  state: RelationshipState | null,
  fact: Recorded<RelationshipEvent>,
  customer: string,
  zone: string,
): RelationshipState => {
  const day = dayNumber(localDayOf(fact.meta.occurredAt, zone));
  const pays = fact.customers.some(({ id, role }) => id === customer && role === 'payer');
  const before = state ?? blank(day);
  const seen = day < before.firstSeen ? { ...before, firstSeen: day } : before;
  const memory = memories[fact.type] as Memory<RelationshipFact> | undefined;
  return memory ? memory(seen, fact, { story: idIn(fact.stream), day, pays }) : seen;
};
