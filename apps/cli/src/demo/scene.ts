import { idFrom } from '#application';
import { booking, callback, complaint, customer, instantAt, loyaltyAccount } from '#domain';
import type { Actor, AnySlice, Command, CommandOf } from '#kernel';
import { dayNumber, dayText } from '#kernel';
import type { Part } from './cast.js';

/** What marks all of it as invented: where these customers came from, and the source of every fact. */
export const INVENTED = 'invented-story';
/** The company's zone and currency in the demo. */
export const ZONE = 'Europe/London';
const CURRENCY = 'GBP';

/** One thing that happens: commands said at one moment to one stream. `key` names it for ever. */
export type Scene = Readonly<{
  key: string;
  slice: AnySlice;
  id: string;
  at: string;
  actor: Actor;
  channel: string;
  commands: readonly Command[];
  /** It was over before anybody could have been told: nothing is done because of it any more. */
  isOver?: true;
}>;

/** A thing of its own: a booking, a complaint. */
export type Thing = Readonly<{ key: string; id: string }>;
export type Rental = Readonly<{
  on: string;
  nights?: number;
  car?: keyof typeof CARS;
  ahead?: number;
  channel?: string;
}>;

/** Minor units a night. */
const CARS = { compact: 2900, estate: 4100, van: 5500, premium: 7900 } as const;
const COVER = 650;
const TAX = 0.2;

export const daysAfter = (day: string, days: number): string => dayText(dayNumber(day) + days);
const moment = (day: string, time: string) => instantAt(`${day}T${time}:00`, ZONE);
const gbp = (amount: number) => ({ amount, currency: CURRENCY });

type Says = Readonly<{ name: string; at: string; channel?: string; by?: 'customer' | 'person' | 'system' }>;

/** One customer's part in the story, written down scene by scene in the order of time. */
export class Character {
  readonly id: string;
  readonly scenes: Scene[] = [];
  private readonly account: Thing;

  /** `secret` is the log's: its ids cannot be guessed outside. */
  constructor(
    private readonly secret: Buffer,
    readonly part: Part,
  ) {
    this.id = this.thing('customer').id;
    this.account = this.thing('loyalty');
  }

  thing(name: string): Thing {
    const key = `${this.part.handle}/${name}`;
    return { key, id: idFrom(this.secret, INVENTED, key) };
  }

  registers(on: string, channel = 'web', more: readonly CommandOf<typeof customer>[] = []): this {
    const { name, locale, email } = this.part;
    return this.says(this.self, { name: 'registers', at: moment(on, '10:05'), channel, by: 'customer' }, customer, [
      { type: 'RegisterIndividual', data: { name, locale, zone: ZONE, acquisition: { channel, campaign: INVENTED } } },
      { type: 'AddContactPoint', data: { kind: 'email', value: email, purpose: 'private' } },
      ...more,
    ]);
  }

  /** Of an organisation, which is a customer too. */
  founds(on: string, creditCode: string, contacts: readonly (readonly [Character, string])[]): this {
    return this.says(
      this.self,
      { name: 'founds', at: moment(on, '09:30'), channel: 'counter', by: 'person' },
      customer,
      [
        {
          type: 'RegisterOrganization',
          data: {
            legalName: this.part.name,
            creditCode,
            industry: 'logistics',
            zone: ZONE,
            acquisition: { channel: 'sales', campaign: INVENTED },
          },
        },
        ...contacts.map(([{ id }, role]) => ({
          type: 'LinkOrgContact' as const,
          data: { personId: id, roles: [role] },
        })),
      ],
    );
  }

  /** Something is said about the customer themselves. */
  tells(on: string, name: string, ...commands: CommandOf<typeof customer>[]): this {
    return this.says(this.self, { name, at: moment(on, '14:20'), channel: 'phone', by: 'person' }, customer, commands);
  }

  books(rental: Rental, parties: Readonly<{ payer?: Character; travellers?: readonly Character[] }> = {}): Thing {
    const { on, nights = 3, car = 'compact', ahead = 12, channel = 'web' } = rental;
    const thing = this.thing(`rental-${on}`);
    const lines = [
      { code: `${car}-car`, kind: 'base' as const, price: gbp(CARS[car] * nights) },
      { code: 'damage-cover', kind: 'insurance' as const, price: gbp(COVER * nights) },
      { code: 'vat', kind: 'tax' as const, price: gbp(Math.round((CARS[car] + COVER) * nights * TAX)) },
    ];
    const { payer, travellers } = parties;
    this.says(thing, { name: 'books', at: moment(daysAfter(on, -ahead), '18:40'), channel, by: 'customer' }, booking, [
      {
        type: 'PlaceBooking',
        data: {
          booker: this.id,
          ...(payer && { payer: payer.id }),
          ...(travellers && { travellers: travellers.map(({ id }) => id) }),
          lines,
          serviceWindow: { from: moment(on, '09:00'), to: moment(daysAfter(on, nights), '18:00') },
          campaign: INVENTED,
          orderNumber: `CR-${on.replaceAll('-', '')}-${thing.id.slice(0, 6)}`,
        },
      },
      { type: 'ConfirmBooking', data: {} },
    ]);
    return thing;
  }

  /** Books, pays, has the car and brings it back. */
  rents(rental: Rental, parties: Readonly<{ payer?: Character; travellers?: readonly Character[] }> = {}): Thing {
    const { on, nights = 3, car = 'compact' } = rental;
    const thing = this.books(rental, parties);
    const total = Math.round((CARS[car] + COVER) * nights * (1 + TAX));
    const back = daysAfter(on, nights);
    this.acts(thing, { name: 'pays', at: moment(on, '09:10') }, booking, {
      type: 'CapturePayment',
      data: { paymentId: `pay-${thing.id.slice(0, 8)}`, method: 'card', amount: gbp(total) },
    });
    this.acts(thing, { name: 'returns', at: moment(back, '17:15') }, booking, { type: 'CompleteService', data: {} });
    return thing;
  }

  /** An end that nobody wished for, or a late change of mind. */
  loses(rental: Rental, how: 'no-show' | 'operator' | 'customer'): Thing {
    const thing = this.books(rental);
    if (how === 'no-show') {
      this.acts(thing, { name: 'no-show', at: moment(rental.on, '20:00') }, booking, {
        type: 'RecordNoShow',
        data: {},
      });
    } else {
      const reason = how === 'operator' ? 'no-vehicle-available' : 'plans-changed';
      const at = moment(daysAfter(rental.on, -1), '16:30');
      this.acts(thing, { name: 'cancelled', at }, booking, { type: 'CancelBooking', data: { by: how, reason } });
    }
    return thing;
  }

  refunded(rental: Thing, on: string, amount: number): this {
    const refundId = `refund-${rental.id.slice(0, 8)}`;
    return this.acts(rental, { name: 'refunded', at: moment(on, '11:45') }, booking, {
      type: 'IssueRefund',
      data: { refundId, amount: gbp(amount), reason: 'goodwill' },
    });
  }

  complains(
    about: Thing | undefined,
    on: string,
    complained: Readonly<{ category: string; severity: 'sev1' | 'sev2' | 'sev3' | 'sev4'; text: string }>,
  ): Thing {
    const thing = this.thing(`complaint-${on}`);
    const data = { complainant: this.id, ...(about && { bookingId: about.id }), ...complained };
    this.says(thing, { name: 'complains', at: moment(on, '10:50'), channel: 'phone', by: 'person' }, complaint, [
      { type: 'FileComplaint', data },
    ]);
    this.acts(thing, { name: 'heard', at: moment(on, '15:05') }, complaint, {
      type: 'AcknowledgeComplaint',
      data: { medium: 'email' },
    });
    return thing;
  }

  settles(complained: Thing, on: string, outcome: 'upheld' | 'partly_upheld' | 'not_upheld' = 'upheld'): this {
    this.acts(complained, { name: 'assigned', at: moment(on, '09:15') }, complaint, {
      type: 'AssignComplaint',
      data: { team: 'customer-care' },
    });
    this.acts(complained, { name: 'resolved', at: moment(on, '16:10') }, complaint, {
      type: 'ResolveComplaint',
      data: { outcome, remedy: outcome === 'not_upheld' ? 'explanation' : 'apology' },
    });
    this.acts(complained, { name: 'closed', at: moment(on, '16:40') }, complaint, { type: 'CloseComplaint', data: {} });
    return this.over(complained);
  }

  /** Asks to be called back in the morning so many days later. What became of it lies behind, unless it is open. */
  asksForCall(on: string, topic: string, how: 'called' | 'missed' | 'open', inDays = 1): this {
    const thing = this.thing(`callback-${on}`);
    const day = daysAfter(on, inDays);
    const windows = [{ from: moment(day, '09:00'), to: moment(day, '11:00') }];
    this.says(thing, { name: 'asks', at: moment(on, '17:30'), channel: 'phone', by: 'person' }, callback, [
      { type: 'RequestCallback', data: { requester: this.id, topic, windows } },
    ]);
    if (how === 'called') {
      this.acts(thing, { name: 'reached', at: moment(day, '09:40') }, callback, {
        type: 'RecordCallAttempt',
        data: { attemptId: 'call-1', result: 'reached', durationSeconds: 240 },
      });
      this.acts(thing, { name: 'done', at: moment(day, '09:45') }, callback, {
        type: 'CompleteCallback',
        data: { outcome: 'answered' },
      });
    }
    if (how === 'missed') {
      this.acts(thing, { name: 'tried', at: moment(day, '10:50') }, callback, {
        type: 'RecordCallAttempt',
        data: { attemptId: 'call-1', result: 'no_answer' },
      });
      this.acts(thing, { name: 'missed', at: moment(day, '11:30') }, callback, {
        type: 'MarkCallbackMissed',
        data: {},
      });
    }
    return how === 'open' ? this : this.over(thing);
  }

  joins(on: string): this {
    return this.says(
      this.account,
      { name: 'joins', at: moment(on, '12:00'), channel: 'app', by: 'customer' },
      loyaltyAccount,
      [
        {
          type: 'EnrolMember',
          data: { member: this.id, memberNumber: `M${this.account.id.slice(0, 6).toUpperCase()}` },
        },
      ],
    );
  }

  earns(rental: Thing, on: string, spend: number): this {
    return this.acts(this.account, { name: `earns-${rental.key}`, at: moment(on, '17:20') }, loyaltyAccount, {
      type: 'EarnPoints',
      data: { lotId: lotOf(rental), spend: gbp(spend), source: { bookingId: rental.id } },
    });
  }

  /** Points of an old card, good to the end of a day of its own. */
  carriesOver(on: string, points: number, lastDay: string): this {
    return this.acts(this.account, { name: `carries-over-${on}`, at: moment(on, '12:05') }, loyaltyAccount, {
      type: 'BringOpeningBalance',
      data: { lotId: 'old-card', points, lastDay },
    });
  }

  redeems(on: string, points: number, rewardRef = 'free-day'): this {
    const redemptionId = `redemption-${on}`;
    this.acts(this.account, { name: `reserves-${on}`, at: moment(on, '12:30') }, loyaltyAccount, {
      type: 'ReserveRedemption',
      data: { redemptionId, points, rewardRef },
    });
    return this.acts(this.account, { name: `redeems-${on}`, at: moment(on, '12:45') }, loyaltyAccount, {
      type: 'CommitRedemption',
      data: { redemptionId },
    });
  }

  givesBack(rental: Thing, on: string, points: number): this {
    return this.acts(this.account, { name: `reverses-${on}`, at: moment(on, '12:10') }, loyaltyAccount, {
      type: 'ReverseEarning',
      data: { lotId: lotOf(rental), points, reason: 'service-refunded' },
    });
  }

  private get self(): Thing {
    return this.thing('customer');
  }

  private acts<S extends AnySlice>(thing: Thing, when: Says, slice: S, command: CommandOf<S>): this {
    return this.says(thing, when, slice, [command]);
  }

  private says<S extends AnySlice>(thing: Thing, how: Says, slice: S, commands: readonly CommandOf<S>[]): this {
    const { name, at, channel = 'counter', by = 'person' } = how;
    const actor = by === 'customer' ? { kind: by, id: this.id } : { kind: by, id: 'desk-1' };
    this.scenes.push({ key: `${thing.key}:${name}`, slice, id: thing.id, at, actor, channel, commands });
    // What is still to come is told of complaints, callbacks and points that are open, not of customers and bookings.
    return slice === customer || slice === booking ? this.over(thing) : this;
  }

  private over({ id }: Thing): this {
    for (const [n, scene] of this.scenes.entries()) if (scene.id === id) this.scenes[n] = { ...scene, isOver: true };
    return this;
  }
}

const lotOf = ({ id }: Thing) => `lot-${id.slice(0, 8)}`;
