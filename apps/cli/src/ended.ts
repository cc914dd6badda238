/** What a verb ends with. */
export const DONE = 0;
export const REFUSED = 1;
export const WRONG_USAGE = 2;
export const NO_STORE = 3;

/** The answer is no, in words for who asked. Ends the verb with that code. */
export class Ended extends Error {
  constructor(
    message: string,
    readonly code: number = REFUSED,
  ) {
    super(message);
  }
}
