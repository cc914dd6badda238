import { setTimeout as pause } from 'node:timers/promises';
import { clientsAt, insist } from './clients.js';
import { Deployment, PARTS } from './deployment.js';
import { diceOf, type Figure } from './figure.js';
import { whatIsLeft } from './what-is-left.js';

export type Volume = Readonly<{ seed: number; kills: number; clients: number }>;

/** R2: the API is killed under commands that clients repeat until they are acknowledged; afterwards each is asked once more. */
export const apiKilled = (volume: Volume): Promise<Figure> =>
  underKills('R2', volume, (deployment) => deployment.kill('api'));

/** Anything is killed at any moment: one part, or everything at once and started again. */
export const anythingKilled = (volume: Volume): Promise<Figure> => {
  const dice = diceOf(volume.seed + 1);
  return underKills('any', volume, async (deployment) => {
    const part = PARTS[dice.below(PARTS.length + 1)];
    if (part) return deployment.kill(part);
    await deployment.killAll();
    await deployment.start();
  });
};

const underKills = async (
  id: string,
  { seed, kills, clients }: Volume,
  kill: (d: Deployment) => Promise<void>,
): Promise<Figure> => {
  const began = performance.now();
  const dice = diceOf(seed);
  const deployment = await Deployment.begin();
  try {
    let isOver = false;
    const writing = clientsAt(deployment, clients, () => isOver);
    for (let n = 0; n < kills; n++) {
      await pause(dice.share() * 400); // at a random moment of the work under way
      await kill(deployment);
      await deployment.ready();
    }
    isOver = true;
    const acknowledged = await writing;

    let differing = 0;
    for (const { path, key, body, answer } of acknowledged) {
      const again = await insist(deployment, path, key, body);
      if (JSON.stringify(again) !== JSON.stringify(answer)) differing++;
    }
    await deployment.stop();
    const left = await whatIsLeft(deployment.data, acknowledged);
    differing += left.differing;
    const { lost, doubled } = left;
    const volume = `${kills} kills, ${acknowledged.length} commands, ${left.facts} facts`;
    const holds = lost + doubled + differing === 0 && acknowledged.length > kills;
    return { id, seed, volume, lost, doubled, differing, seconds: secondsSince(began), holds };
  } finally {
    await deployment.stop();
    await deployment.remove();
  }
};

export const secondsSince = (began: number): number => Math.round((performance.now() - began) / 100) / 10;
