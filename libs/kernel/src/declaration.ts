import type { Command } from './decider.js';
import type { Event } from './event.js';

/** One class declares a message: its type, its rules, its schema, its marks. The data itself stays plain JSON. */
export type Class<T extends object = object> = new () => T;
export type Classes = Readonly<Record<string, Class>>;

type NamesIn<T extends Classes> = keyof T & string;
export type CommandsOf<T extends Classes> = { [K in NamesIn<T>]: Command<K, InstanceType<T[K]>> }[NamesIn<T>];
export type EventsOf<T extends Classes> = { [K in NamesIn<T>]: Event<K, InstanceType<T[K]>> }[NamesIn<T>];

const PERSONAL = Symbol('personal');

/** This field is personal to the customer in that role: it is stored under that customer's key. */
export const Personal = (role: string) => (prototype: object, field: string | symbol) => {
  const value = { ...Reflect.get(prototype, PERSONAL), [field]: role };
  Object.defineProperty(prototype, PERSONAL, { configurable: true, value });
};

/** Role by field, as `@Personal` marked them. */
export const personalFields = (shape: Class): Readonly<Record<string, string>> =>
  Reflect.get(shape.prototype, PERSONAL) ?? {};
