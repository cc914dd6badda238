import { readdirSync, readFileSync } from 'node:fs';
import { misfits } from '#application';
import { eventClasses, slices } from '#domain';
import type { Class } from '#kernel';
import { eventShapes } from '#system';

const files = readdirSync('libs/domain/src', { encoding: 'utf8', recursive: true });
const fossils = files.flatMap((file) => {
  const [, type = '', version] = /fossils.(\w+)\.v(\d+)\.json$/.exec(file) ?? [];
  return version ? [{ file, type, version: Number(version) }] : [];
});

describe('the storage format', () => {
  it('gives every event a name of its own', () => {
    const names = slices.flatMap(({ events }) => Object.keys(events));
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(50);
  });

  it('has a category without a dash for every slice, one each', () => {
    const categories = slices.map(({ category }) => category);
    expect(new Set(categories).size).toBe(slices.length);
    expect(categories.filter((category) => category.includes('-'))).toEqual([]);
  });

  it('still reads every shape that was ever written', () => {
    const broken = fossils.map(({ file, type, version }) => {
      const data = JSON.parse(readFileSync(`libs/domain/src/${file}`, 'utf8'));
      return misfits(eventShapes.lift(type, version, data), [eventClasses[type] as Class]);
    });
    expect(broken).toEqual(fossils.map(() => []));
  });

  it('has a fossil for every upcaster', () => {
    const steps = slices.flatMap(({ upcasters }) => Object.keys(upcasters));
    expect(fossils.map(({ type, version }) => `${type}@${version}`).sort()).toEqual(steps.sort());
  });

  it('says every touchpoint in both languages', () => {
    for (const { words } of slices) expect(Object.keys(words.zh).sort()).toEqual(Object.keys(words.en).sort());
  });
});
