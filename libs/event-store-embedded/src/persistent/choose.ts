import type { Consumer } from './consumer.js';
import type { Message } from './message.js';

/** Who gets an event; undefined when it must wait. `turn` counts the events given out so far. */
export const choose = (
  strategy: string,
  consumers: readonly Consumer[],
  message: Message,
  turn: number,
): Consumer | undefined => {
  if (strategy === 'Pinned' || strategy === 'PinnedByCorrelation') return pinned(consumers, pinOf(strategy, message));
  const from = strategy === 'DispatchToSingle' ? 0 : turn;
  for (let index = 0; index < consumers.length; index++) {
    const consumer = consumers[(from + index) % consumers.length] as Consumer;
    if (consumer.canTake) return consumer;
  }
  return undefined;
};

const pinned = (consumers: readonly Consumer[], pin: string): Consumer | undefined => {
  const consumer = consumers[hash(pin) % consumers.length];
  return consumer?.canTake ? consumer : undefined;
};

/** Events of one stream, or of one correlation where they name it, go to one consumer. */
const pinOf = (strategy: string, { stream, correlation }: Message): string =>
  strategy === 'PinnedByCorrelation' ? (correlation() ?? stream) : stream;

const hash = (text: string): number => {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
};
