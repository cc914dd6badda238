import type { FieldClass } from '#kernel';
import type { Principal } from './principal.js';

/** Who asks, what for, and what may be shown to them. It is handed along to whatever answers. */
export type Asking = Readonly<{
  principal: Principal;
  fields: ReadonlySet<FieldClass>;
  scope: 'team' | 'all';
  /** A code such as `complaint_handling`. */
  purpose: string;
  action: string;
}>;

/** Whether a text is a purpose: a code of at most 60 characters. */
export const isPurpose = (text: string): boolean => text.length <= 60 && /^[a-z0-9]+([._-][a-z0-9]+)*$/.test(text);
