import type { Fault } from './faults.js';
import type { Member } from './member.js';
import type { ViewState } from './status.js';
import type { View } from './view.js';

/** A view, and what this process has to do with it. */
export type Kept = {
  readonly view: View;
  member: Member;
  state: ViewState;
  fault: Fault | null;
};
