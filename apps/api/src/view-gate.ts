/** Waits until a view has seen a position; false when it has not in time. */
export interface ViewGate {
  seen(view: string, position: bigint, milliseconds: number): Promise<boolean>;
}
export const VIEW_GATE = Symbol('ViewGate');

/** The company's language, where a caller names none. */
export const LOCALE = Symbol('Locale');
