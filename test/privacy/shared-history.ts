import { newId } from '#application';
import type { Answer, RunningSystem } from '../support/running-system.js';

const at = (day: string) => `${day}T02:00:00.000Z`;
const lines = (yuan: number) => [{ code: 'rental', kind: 'base', price: { amount: yuan * 100, currency: 'CNY' } }];
const windows = [{ from: at('2026-03-10'), to: '2099-03-10T06:00:00.000Z' }];

/** What was said, under which key, and what was answered. */
export type Said = Readonly<{ path: string; body: object; key: string; answer: Answer }>;

/** Customers who book, travel, pay and complain for each other, so that facts are about several of them. */
export class SharedHistory {
  readonly said: Said[] = [];

  constructor(private readonly system: RunningSystem) {}

  async say(path: string, body: object = {}): Promise<string> {
    const key = newId();
    const answer = await this.system.api.post(`/v1/${path}`, body, { 'idempotency-key': key });
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    this.said.push({ path, body, key, answer });
    return answer.body.id;
  }

  async customer(name: string, n: number): Promise<string> {
    const id = await this.say('customers', {
      name,
      birthDate: '1980-05-06',
      gender: 'female',
      occupation: `pilot of ${name}`,
      occurredAt: at('2025-01-05'),
    });
    const act = (verb: string, body: object) => this.say(`customers/${id}/${verb}`, body);
    await act('add-contact-point', { kind: 'phone', value: `+8613912345${100 + n}`, purpose: 'private' });
    await act('verify-contact-point', { contactPointId: 'c1' });
    await act('use-contact-point-for-login', { contactPointId: 'c1' });
    await act('add-contact-point', { kind: 'address', value: `${n} Long Lane` });
    await act('link-identifier', { namespace: 'crm', value: `AB-${n}` });
    await act('declare-preference', { key: 'seat', value: `window for ${name}` });
    await act('record-special-need', { code: 'wheelchair', note: `since ${n}` });
    await act('record-driver-licence', { number: `L-${n}`, issuedOn: '2010-01-01' });
    await act('record-identity-document', { documentType: 'passport', number: `P-${n}` });
    const account = await this.say('loyalty-accounts', { member: id, memberNumber: `M-${n}` });
    await this.say(`loyalty-accounts/${account}/earn-points`, { lotId: 'first', points: 100 + n });
    return id;
  }

  /** Who booked, who travels with them, who pays: several of them one person, or all others. */
  async booking(number: string, booker: string, travellers: readonly string[], payer: string): Promise<string> {
    const about = { booker, travellers, payer, orderNumber: number, lines: lines(1_000), occurredAt: at('2025-06-01') };
    const id = await this.say('bookings', about);
    await this.say(`bookings/${id}/confirm`, { occurredAt: at('2025-06-02') });
    const paid = { paymentId: `pay-${number}`, method: 'card', amount: { amount: 100_000, currency: 'CNY' } };
    await this.say(`bookings/${id}/capture-payment`, { ...paid, occurredAt: at('2025-06-02') });
    await this.say(`bookings/${id}/complete-service`, { occurredAt: at('2025-06-20') });
    return id;
  }

  async complaint(complainant: string, onBehalfOf: string, text: string): Promise<string> {
    const id = await this.say('complaints', {
      complainant,
      onBehalfOf,
      category: 'billing',
      severity: 'sev2',
      text,
      desiredOutcome: `money for ${text}`,
    });
    await this.say(`complaints/${id}/acknowledge`);
    await this.say(`complaints/${id}/resolve`, { outcome: 'upheld', explanation: `sorry for ${text}` });
    return id;
  }

  async callback(requester: string, note: string): Promise<string> {
    return this.say('callbacks', { requester, topic: 'invoice', windows, note });
  }
}
