import { eventClasses, slices } from '#domain';
import type { EventShapes } from '#event-store';

type Step = (old: object) => object;
const steps: Readonly<Record<string, Step>> = Object.assign({}, ...slices.map(({ upcasters }) => upcasters));

const versions = new Map(
  Object.keys(eventClasses).map((type) => [
    type,
    1 + Object.keys(steps).filter((step) => step.startsWith(`${type}@`)).length,
  ]),
);

/** What the codec knows of our events: how many shapes each has had, and the steps from one to the next. */
export const eventShapes: EventShapes = {
  version: (type) => versions.get(type),
  lift: (type, version, data) => {
    const step = steps[`${type}@${version}`];
    return step ? eventShapes.lift(type, version + 1, step(data)) : data;
  },
};
