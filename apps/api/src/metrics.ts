import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ViewStatus } from '#projections';
import type { ReactionStatus } from '#system';

type Told = Pick<
  ViewStatus,
  | 'position'
  | 'head'
  | 'events'
  | 'eventsPerSecond'
  | 'lagSeconds'
  | 'lagEvents'
  | 'caughtUpSince'
  | 'lastErrorAt'
  | 'stoppedAt'
  | 'parked'
  | 'waiting'
  | 'heartbeatAge'
  | 'isAlive'
>;

/** A time as Prometheus has it: seconds since 1970, 0 for never. */
const seconds = (instant: string | null): number => (instant === null ? 0 : Date.parse(instant) / 1000);

const OF_A_VIEW: Readonly<Record<string, readonly [help: string, of: (view: Told) => number]>> = {
  position: ['Everything up to here is in the rows', ({ position }) => Number(position ?? 0)],
  head_position: ['Where the log ended when it was last asked', ({ head }) => Number(head ?? 0)],
  events: ['Facts passed, heard or not', ({ events }) => Number(events)],
  events_per_second: ['Facts passed in the last second', ({ eventsPerSecond }) => eventsPerSecond],
  lag_seconds: ['How long the first fact that the rows lack has waited', ({ lagSeconds }) => lagSeconds],
  lag_events: ['Facts still to come, estimated', ({ lagEvents }) => lagEvents],
  caught_up_since_timestamp_seconds: ['0: it is behind', ({ caughtUpSince }) => seconds(caughtUpSince)],
  last_error_timestamp_seconds: ['When it last fell back; 0: never', ({ lastErrorAt }) => seconds(lastErrorAt)],
  stopped: ['1: it goes no further than a fact that it cannot fold', ({ stoppedAt }) => Number(stoppedAt !== null)],
  parked_facts: ['Facts that could not be folded', ({ parked }) => parked],
  waiting_facts: ['Facts that wait behind a parked one', ({ waiting }) => waiting],
  heartbeat_age_seconds: ['Since its keeper last went round', ({ heartbeatAge }) => heartbeatAge],
  alive: ['1: somebody keeps it, and does not hang', ({ isAlive }) => Number(isAlive)],
};

const OF_A_REACTION: Readonly<Record<string, readonly [help: string, of: (reaction: ReactionStatus) => number]>> = {
  position: ['Everything up to here was heard', ({ position }) => Number(position ?? 0)],
  lag_seconds: ['How long something has not been heard', ({ lagSeconds }) => lagSeconds],
  lag_events: ['Facts still to be heard, estimated', ({ lagEvents }) => lagEvents],
  waiting: ['Commands still to be said', ({ waiting }) => waiting],
  parked: ['Commands that were put aside', ({ parked }) => parked],
  done: ['Commands said since it is there', ({ done }) => Number(done)],
  refused: ['Commands of which the answer was no', ({ refused }) => Number(refused)],
  alive: ['1: somebody runs it', ({ state }) => Number(state !== 'nobody-runs-it')],
};

const STAGES = ['read', 'fold', 'write', 'commit'] as const;

/** What is measured, in the text format of Prometheus: of this process, of both stores, of every view and every reaction. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #views = new Map<string, Gauge<'view'>>();
  readonly #reactions = new Map<string, Gauge<'reaction'>>();
  readonly #up: Gauge<'store'>;
  readonly #batches: Counter<'view'>;
  readonly #spent: Counter<'view' | 'stage'>;

  constructor() {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#up = new Gauge({ name: 'touchline_store_up', help: '1: it answers', labelNames: ['store'], registers });
    for (const [name, [help]] of Object.entries(OF_A_VIEW))
      this.#views.set(name, new Gauge({ name: `touchline_projection_${name}`, help, labelNames: ['view'], registers }));
    for (const [name, [help]] of Object.entries(OF_A_REACTION))
      this.#reactions.set(
        name,
        new Gauge({ name: `touchline_reaction_${name}`, help, labelNames: ['reaction'], registers }),
      );
    this.#batches = new Counter({
      name: 'touchline_projection_batches_total',
      help: 'Batches written since its keeper took it up',
      labelNames: ['view'],
      registers,
    });
    this.#spent = new Counter({
      name: 'touchline_projection_batch_seconds_total',
      help: 'Where the time of its batches went: read, fold, write, commit',
      labelNames: ['view', 'stage'],
      registers,
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** @param missing the stores that do not answer */
  text(
    views: readonly ViewStatus[],
    reactions: readonly ReactionStatus[],
    missing: readonly string[],
  ): Promise<string> {
    for (const store of ['postgres', 'event-store']) this.#up.set({ store }, Number(!missing.includes(store)));
    const all = [...this.#views.values(), ...this.#reactions.values(), this.#batches, this.#spent];
    for (const metric of all) metric.reset();
    for (const status of views) this.#tell(status);
    for (const status of reactions)
      for (const [name, [, of]] of Object.entries(OF_A_REACTION))
        this.#reactions.get(name)?.set({ reaction: status.reaction }, of(status));
    return this.#registry.metrics();
  }

  #tell(status: ViewStatus): void {
    const { view, timing } = status;
    for (const [name, [, of]] of Object.entries(OF_A_VIEW)) this.#views.get(name)?.set({ view }, of(status));
    this.#batches.inc({ view }, timing.batches);
    for (const stage of STAGES) this.#spent.inc({ view, stage }, timing[stage]);
  }
}
