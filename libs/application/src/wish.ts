import type { AnySlice, Command, Meta } from '#kernel';

/** What is wanted of one instance of a slice. */
export type Wish = Readonly<{
  slice: AnySlice;
  id: string;
  /** Said in turn to one stream, recorded in one append: usually one. */
  commands: readonly Command[];
  meta: Meta;
  /** Refuse with `revision-differs` unless the stream stands here. */
  ifRevision?: bigint;
  /** Ends the attempt: then `Unavailable`. */
  signal?: AbortSignal;
}>;
