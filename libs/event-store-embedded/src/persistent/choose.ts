import type { Consumer } from './consumer.js';
import type { Message } from './message.js';

/** 'later': its consumer is busy, another event may go to another one. 'nobody': no consumer can take anything. */
export type Choice = Consumer | 'later' | 'nobody';

/** Who gets an event. `turns` are the consumers in the order of their turns, which changes as they are given events. */
export const choose = (strategy: string, turns: Consumer[], message: Message): Choice => {
  if (strategy === 'Pinned') return pinned(turns, message.stream);
  if (strategy === 'PinnedByCorrelation') return pinned(turns, message.correlation() ?? message.stream);
  return strategy === 'DispatchToSingle' ? single(turns) : nextInTurn(turns);
};

/** One after the other; who is busy is passed over and loses the turn. */
const nextInTurn = (turns: Consumer[]): Choice => {
  for (let asked = 0; asked < turns.length; asked++) {
    const consumer = rotated(turns);
    if (consumer.canTake) return consumer;
  }
  return 'nobody';
};

/** The same one until it is busy, then the next one until that is. */
const single = (turns: Consumer[]): Choice => {
  for (let asked = 0; asked < turns.length; asked++) {
    const [first] = turns;
    if (first?.canTake) return first;
    rotated(turns);
  }
  return 'nobody';
};

const rotated = (turns: Consumer[]): Consumer => {
  const first = turns.shift() as Consumer;
  turns.push(first);
  return first;
};

/** Whoever ranks highest for this pin: when consumers come and go, only what they take or leave behind moves. */
const pinned = (turns: readonly Consumer[], pin: string): Choice => {
  if (!turns.some(({ canTake }) => canTake)) return 'nobody';
  const rank = ({ token }: Consumer) => hash(token + pin);
  const consumer = turns.reduce((best, each) => (rank(each) > rank(best) ? each : best));
  return consumer.canTake ? consumer : 'later';
};

const hash = (text: string): number => {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
};
