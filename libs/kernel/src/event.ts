/** A fact. Its type is its name for ever; its data moves forward through upcasters. */
export type Event<Type extends string = string, Data extends object = object> = Readonly<{
  type: Type;
  data: Readonly<Data>;
}>;

/** Who did it: a person at a desk, a service, the customer, or the system itself. */
export type Actor = Readonly<{
  kind: 'person' | 'service' | 'customer' | 'system';
  id: string;
  onBehalfOf?: string;
}>;

/** Where a fact from outside is known under which id. */
export type Source = Readonly<{ system: string; id: string; sequence?: number }>;

/** What surrounds every message alike. The shell writes it, once, for a command and all its facts. */
export type Meta = Readonly<{
  commandId: string;
  correlationId: string;
  causationId: string;
  /** When it happened: UTC with milliseconds; `zone` is where. */
  occurredAt: string;
  zone: string;
  actor: Actor;
  channel: string;
  source?: Source;
  /** History from elsewhere: it starts no outreach, and was known since `sourceRecordedAt ?? occurredAt`. */
  backfill?: true;
  sourceRecordedAt?: string;
}>;

/** A message with its who and when. */
export type Stamped<Message> = Message & Readonly<{ meta: Meta }>;

/** A customer who took part. */
export type Participant = Readonly<{ id: string; role: string }>;

/**
 * A keyed fingerprint of what the command said, so that the same id with other content is noticed: under the keys of all
 * whose personal data is in it, each at that version, and meaningless once one of them is gone; without any, the log's own.
 */
export type PayloadMac = Readonly<{ mac: string; keys?: Readonly<Record<string, number>> }>;

/** A fact on its way into the store: everyone it concerns is named on it, whatever its data says. */
export type Fact<E extends Event = Event> = Stamped<E> &
  Readonly<{
    id: string;
    customers: readonly Participant[];
    policyRef?: Readonly<Record<string, string>>;
    payloadMac?: PayloadMac;
  }>;

/** A fact as the store gives it back. `position` is its place in the whole log, the only order there is. */
export type Recorded<E extends Event = Event> = Fact<E> &
  Readonly<{ stream: string; revision: bigint; position: bigint; recordedAt: string }>;

/** The customer in that role, if the fact names one. */
export const customerAs = (role: string, { customers }: Pick<Fact, 'customers'>): string | undefined =>
  customers.find((customer) => customer.role === role)?.id;

export const assertNever = (value: never): never => {
  throw new Error(`unhandled: ${JSON.stringify(value)}`);
};
