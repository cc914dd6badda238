/** What a field tells, of a fact or of an answer; who may see it is asked for each class. */
export const fieldClasses = [
  'operational',
  'commercial',
  'behaviour',
  'identity',
  'contact',
  'document',
  'health',
  'preference',
  'free_text',
  'audit',
] as const;
export type FieldClass = (typeof fieldClasses)[number];

/** The classes of what is personal. */
export const personalClasses = ['identity', 'contact', 'document', 'health', 'preference', 'free_text'] as const;
