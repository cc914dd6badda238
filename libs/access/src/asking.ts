import { AsyncLocalStorage } from 'node:async_hooks';
import type { FieldClass, Principal } from './principal.js';

/** On whose behalf the work under way is done, what for, and what may be shown to them. */
export type Asking = Readonly<{
  principal: Principal;
  fields: ReadonlySet<FieldClass>;
  scope: 'team' | 'all';
  /** A code such as `complaint_handling`. */
  purpose: string;
  action: string;
}>;

/** `asking.run(who, work)`: whatever `work` does, it does for them. */
export const asking = new AsyncLocalStorage<Asking>();

let alone: Asking | undefined;

/** For a process that works for one person and then ends: following them through every promise costs a tenth of an import. */
export const askingAlone = async <T>(asked: Asking, work: () => Promise<T>): Promise<T> => {
  alone = asked;
  try {
    return await work();
  } finally {
    alone = undefined;
  }
};

/** Undefined where nobody asked: the system works for itself. */
export const currentAsking = (): Asking | undefined => asking.getStore() ?? alone;

/** Whether a text is a purpose: a code of at most 60 characters. */
export const isPurpose = (text: string): boolean => text.length <= 60 && /^[a-z0-9]+([._-][a-z0-9]+)*$/.test(text);
