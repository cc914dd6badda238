import type { Command } from './decider.js';
import type { Event } from './event.js';

/** One class declares a message: its type, its rules, its schema, its marks. The data itself stays plain JSON. */
export type Class<T extends object = object> = new (...made: never[]) => T;
export type Classes = Readonly<Record<string, Class>>;

type NamesIn<T extends Classes> = keyof T & string;
export type CommandsOf<T extends Classes> = { [K in NamesIn<T>]: Command<K, InstanceType<T[K]>> }[NamesIn<T>];
export type EventsOf<T extends Classes> = { [K in NamesIn<T>]: Event<K, InstanceType<T[K]>> }[NamesIn<T>];

const PERSONAL = Symbol('personal');

/** What is left of a personal value once its person was forgotten. */
export type Erased = Readonly<{ erased: true }>;
export const ERASED: Erased = { erased: true };
export const isErased = (value: unknown): value is Erased =>
  typeof value === 'object' && value !== null && Reflect.get(value, 'erased') === true;

/** What is shown in the place of a personal value to who may not read it. */
export type Masked = Readonly<{ masked: true }>;
export const MASKED: Masked = { masked: true };

/** A personal value as a reader meets it. */
export type Veiled<T> = T | Erased | Masked;
export const isVeil = (value: unknown): value is Erased | Masked =>
  isErased(value) || (typeof value === 'object' && value !== null && Reflect.get(value, 'masked') === true);

/** A personal value in a fact: the value, or that it was forgotten. */
export type Personal<T> = T | Erased;

/** This field is personal to the customer in that role: it is stored under that customer's key. */
export const Personal = (role: string) => (prototype: object, field: string | symbol) => {
  const value = { ...Reflect.get(prototype, PERSONAL), [field]: role };
  Object.defineProperty(prototype, PERSONAL, { configurable: true, value });
};

/** Role by field, as `@Personal` marked them. */
export const personalFields = (shape: Class): Readonly<Record<string, string>> =>
  Reflect.get(shape.prototype, PERSONAL) ?? {};
