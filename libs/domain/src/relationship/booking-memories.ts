import type { Vertical } from '../vocabulary/verticals.js';
import { firstNotBefore } from './sorted-days.js';
import {
  type BookingMemory,
  type Keyed,
  type Memories,
  type Memory,
  type Place,
  type RelationshipState,
  type Told,
  without,
} from './state.js';

/** Of how many of the latest service days an event is kept as evidence. */
const LATEST = 12;

const placed: Memory<'BookingPlaced'> = (state, fact, { story, day, pays }) => {
  const { lines, total, inBase, vertical } = fact.data;
  const booking = {
    day,
    eventId: fact.id,
    lines: lines.map(({ lineId }) => lineId),
    unserved: pays ? (inBase ?? total).amount : 0,
    refunded: 0,
  };
  return inBusiness(withBooking(state, story, booking), vertical, fact);
};

const cancelled: Memory<'BookingCancelled'> = (state, { id, data }, { story, day }) => {
  const after = lessLines(state, story, data.lineIds);
  const byUs = data.by === 'operator' && !data.voluntary && story in state.bookings;
  if (!byUs) return after;
  return { ...after, cancelledByUs: { ...after.cancelledByUs, [story]: { day, eventId: id } } };
};

const completed: Memory<'ServiceCompleted'> = (state, fact, place) => {
  const { amount, inBase, lineIds, vertical } = fact.data;
  const after = inBusiness(withService(state, place.day, fact.id), vertical, fact);
  return lessLines(settled(after, place, (inBase ?? amount).amount, 0), place.story, lineIds);
};

const refunded: Memory<'RefundIssued'> = (state, { data }, place) =>
  settled(state, place, 0, (data.inBase ?? data.amount).amount);

const strayRefund: Memory<'RefundRecordedWithoutBooking'> = (state, fact, place) => {
  const { refund, inBase, vertical } = fact.data;
  return inBusiness(settled(state, place, 0, (inBase ?? refund).amount), vertical, fact);
};

export const bookingMemories: Memories = {
  BookingPlaced: placed,
  BookingCancelled: cancelled,
  NoShowRecorded: (state, { data }, { story }) => lessLines(state, story, data.lineIds),
  ServiceCompleted: completed,
  RefundIssued: refunded,
  RefundRecordedWithoutBooking: strayRefund,
};

const inBusiness = (state: RelationshipState, name: Vertical, { id, meta }: Told): RelationshipState => {
  const { vertical } = state;
  const at = meta.occurredAt;
  const isLater = !vertical || at > vertical.at || (at === vertical.at && id > vertical.eventId);
  return isLater ? { ...state, vertical: { name, at, eventId: id } } : state;
};

const withService = (state: RelationshipState, day: number, eventId: string): RelationshipState => {
  const index = firstNotBefore(state.days, day);
  const days = state.days[index] === day ? state.days : state.days.toSpliced(index, 0, day);
  const known = state.services[day];
  const services = { ...state.services, [day]: known !== undefined && known < eventId ? known : eventId };
  return { ...state, days, services: days.length > LATEST ? latestOf(services, days) : services };
};

const latestOf = (services: Keyed<string>, days: readonly number[]): Keyed<string> => {
  const kept = new Set([days[0], ...days.slice(-LATEST)]);
  return Object.fromEntries(Object.entries(services).filter(([day]) => kept.has(Number(day))));
};

/** A booking is forgotten once nothing of it is open and any refund would be one of what was served. */
const withBooking = (state: RelationshipState, story: string, booking: BookingMemory): RelationshipState => {
  const isOver = booking.lines.length === 0 && booking.unserved <= booking.refunded;
  return { ...state, bookings: isOver ? without(state.bookings, story) : { ...state.bookings, [story]: booking } };
};

const lessLines = (state: RelationshipState, story: string, lineIds: readonly string[]): RelationshipState => {
  const booking = state.bookings[story];
  if (!booking) return state;
  return withBooking(state, story, { ...booking, lines: booking.lines.filter((line) => !lineIds.includes(line)) });
};

/** Money given back for what was never served was never revenue. */
const settled = (
  state: RelationshipState,
  { story, day, pays }: Place,
  served: number,
  refund: number,
): RelationshipState => {
  if (!pays) return state;
  const booking = state.bookings[story];
  const before = booking ?? { unserved: 0, refunded: 0 };
  const after = { unserved: Math.max(0, before.unserved - served), refunded: before.refunded + refund };
  const gain = served - (deduction(after) - deduction(before));
  const revenue = gain === 0 ? state.revenue : { ...state.revenue, [day]: (state.revenue[day] ?? 0) + gain };
  const paid = { ...state, revenue };
  return booking ? withBooking(paid, story, { ...booking, ...after }) : paid;
};

const deduction = ({ unserved, refunded }: Pick<BookingMemory, 'unserved' | 'refunded'>) =>
  Math.max(0, refunded - unserved);
