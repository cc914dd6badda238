import { idFrom, type LogIdentity, type Receipt, type Wish } from '#application';
import { isRejection, type Rejection } from '#kernel';
import { INVENTED, type Scene, ZONE } from './scene.js';
import type { Story } from './story.js';

type Told = Readonly<{
  log: LogIdentity;
  decide: (wish: Wish) => Promise<Receipt | Rejection>;
  signal?: AbortSignal;
  onProgress?: (share: number) => void;
}>;

const AT_ONCE = 48;

/** Says the whole story to the deciders: each life in its order, many lives at once. Told again it records nothing. */
export const tellStory = async (
  { lives }: Pick<Story, 'lives'>,
  { log, decide, signal, onProgress }: Told,
): Promise<void> => {
  const waiting = [...lives];
  let over = 0;
  const tellLives = async () => {
    for (let life = waiting.shift(); life && !signal?.aborted; life = waiting.shift()) {
      for (const scene of life.scenes) await play(scene, log, decide);
      over += 1;
      onProgress?.(over / lives.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, tellLives));
};

const play = async (scene: Scene, log: LogIdentity, decide: Told['decide']): Promise<void> => {
  const answer = await decide(wishOf(scene, log));
  if (isRejection(answer)) throw new Error(`The story does not hold: ${scene.key} is refused (${answer.rejected})`);
};

export const wishOf = (
  { key, slice, id, at, actor, channel, commands, isOver }: Scene,
  { secret }: Pick<LogIdentity, 'secret'>,
): Wish => {
  const commandId = idFrom(secret, INVENTED, 'command', key);
  const meta = {
    commandId,
    correlationId: commandId,
    causationId: commandId,
    occurredAt: at,
    zone: ZONE,
    actor,
    channel,
    source: { system: INVENTED, id: key },
    ...(isOver && { backfill: true as const }),
  };
  return { slice, id, commands, meta };
};
