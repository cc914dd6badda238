import { IsUUID, Matches } from 'class-validator';
import type { CommandsOf, EventsOf } from '#kernel';

export class RecordVisit {
  @IsUUID() visitor!: string;
  @Matches(/^[a-z]+$/) branch!: string;
}

export const commands = { RecordVisit };
export type VisitCommand = CommandsOf<typeof commands>;

// Storage format. Names are for ever; shapes move forward through `upcasters`.

export class BranchVisited {
  @IsUUID() visitor!: string;
  @Matches(/^[a-z]+$/) branch!: string;
}

export const events = { BranchVisited };
export type VisitEvent = EventsOf<typeof events>;
