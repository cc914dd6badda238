import { isUtf8 } from 'node:buffer';
import { type Misfit, pointerTo } from '#application';
import { misfit, Problem } from './problem.js';

/** More than any body of ours needs, and little enough for whatever walks through it by recursion. */
const DEEPEST = 32;
const MOST_VALUES = 50_000;

/** Texts and what gives JSON its shape. Unrolled: a text of a megabyte must not fill the stack of the matcher. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g;

/**
 * What the bytes of a body say. `JSON.parse` takes the last of two equal names and turns broken UTF-8 into question
 * marks, and what another reader took for the value may then not be ours: here both are refused.
 * @throws Problem 400 when it is no JSON, or says a name twice or one that reaches a prototype; 422 when it is too
 * deep or holds too much
 */
export const readJson = (bytes: Buffer): unknown => {
  const text = bytes.toString('utf8');
  const value = isUtf8(bytes) ? parsed(text) : undefined;
  if (value === undefined) throw malformed({ pointer: '', detail: 'must be JSON in UTF-8, without a byte order mark' });
  if (isPlain(text, value)) return value;
  const reading = new Reading();
  for (const [token] of text.matchAll(TOKENS)) reading.take(token);
  return value;
};

/**
 * Whether a text that says this is so plain that nothing can be wrong with it, which most are: it is what we would have
 * written, so that no name is there twice, too short to hold too much, and nothing in it nests or is named suspiciously.
 */
const isPlain = (text: string, value: unknown): boolean =>
  text.length <= MOST_VALUES &&
  text.split(/[{[]/, DEEPEST).length < DEEPEST &&
  !/proto/.test(text) &&
  JSON.stringify(value) === text;

const malformed = (...errors: readonly Misfit[]) => new Problem(400, undefined, errors);

/** What the parser would say of it quotes it. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Inside an object or a list: what is being read there. */
type Place = { pointer: string; names: Set<string> | undefined; awaitsName: boolean; name: string; index: number };

/** Goes through the tokens of a text that is known to be JSON. */
class Reading {
  private readonly open: Place[] = [];
  private values = 1;

  take(token: string): void {
    if (token === '{' || token === '[') this.enter(token === '{');
    else if (token === '}' || token === ']') this.open.pop();
    else if (token === ',') this.goOn();
    else this.read(token);
  }

  private enter(isObject: boolean): void {
    const pointer = this.here();
    const names = isObject ? new Set<string>() : undefined;
    this.open.push({ pointer, names, awaitsName: isObject, name: '', index: 0 });
    if (this.open.length > DEEPEST) throw misfit({ pointer: '', detail: `must nest at most ${DEEPEST} deep` });
    this.count();
  }

  private goOn(): void {
    const place = this.open.at(-1) as Place;
    place.awaitsName = place.names !== undefined;
    place.index++;
    this.count();
  }

  private read(token: string): void {
    const place = this.open.at(-1);
    if (!place?.awaitsName) return;
    place.awaitsName = false;
    place.name = JSON.parse(token);
    const { name, names } = place;
    if (names?.has(name)) throw malformed({ pointer: this.here(), detail: 'must be there once' });
    names?.add(name);
    if (this.reachesPrototype(name)) throw malformed({ pointer: this.here(), detail: 'must not be there' });
  }

  private reachesPrototype(name: string): boolean {
    return name === '__proto__' || (name === 'prototype' && this.open.at(-2)?.name === 'constructor');
  }

  private here(): string {
    const place = this.open.at(-1);
    if (!place) return '';
    return pointerTo(place.pointer, place.names ? place.name : String(place.index));
  }

  private count(): void {
    if (++this.values > MOST_VALUES) throw misfit({ pointer: '', detail: `must hold at most ${MOST_VALUES} values` });
  }
}
