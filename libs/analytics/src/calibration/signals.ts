const { exp } = Math;

/**
 * What a signal adds to the log-odds of staying away before any data speaks: judgement, not literature. A company's own cancellation
 * hurts, a customer's says nothing. Each is replaced by the fit once 100 customers carry it.
 */
export const SIGNAL_PRIORS = {
  complaintOpen: 0.9,
  complaintResolved: 0.3,
  callbackFailed: 0.4,
  noShow: 0.4,
  cancelledByCompany: 0.6,
  cancelledByCustomer: 0,
  detractor: 0.5,
  promoter: -0.3,
} as const;

export type Signal = keyof typeof SIGNAL_PRIORS;
export const SIGNALS = Object.keys(SIGNAL_PRIORS) as readonly Signal[];

/** Per signal Σ exp(-age / 90 days). */
export type FadedSignals = Readonly<Partial<Record<Signal, number>>>;

const FADING_DAYS = 90;

/** What is left of a signal after `age` days; 0 for one that has not happened yet. */
export const fading = (age: number): number => (age < 0 ? 0 : exp(-age / FADING_DAYS));
