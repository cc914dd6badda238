import { newId, schemaOf } from '#application';
import { slices } from '#domain';
import { type Class, personalFields } from '#kernel';
import { type Route, routesOf } from '../../apps/api/src/routes.js';
import { DAY, HAN, MARK, PHONE } from './needles.js';

type Headers = Readonly<Record<string, string>>;
type Answer = Readonly<{ status: number; text: string }>;

const routes = slices.flatMap(routesOf);
const windows = [{ from: '2026-03-10T02:00:00.000Z', to: '2099-03-10T06:00:00.000Z' }];

/** Puts marked values through the doors of a running API, and remembers what was answered. */
export class Doors {
  /** `Command.field` of what was planted. */
  readonly planted = new Set<string>();
  /** Everything that was answered where nothing personal may be. */
  readonly answers: string[] = [];
  readonly statuses = new Map<number, number>();

  constructor(
    private readonly url: string,
    private readonly authorization: string,
  ) {}

  async send(method: string, path: string, body?: string, headers: Headers = {}): Promise<Answer> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: this.authorization, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body }),
    });
    const text = await answer.text();
    this.answers.push(JSON.stringify([...answer.headers]), text);
    this.statuses.set(answer.status, (this.statuses.get(answer.status) ?? 0) + 1);
    return { status: answer.status, text };
  }

  /** Says a command that is taken. */
  async plant(type: string, data: object, id = ''): Promise<string> {
    const route = routes.find((one) => one.type === type) as Route;
    for (const field of Object.keys(personalFields(route.slice.commands[type] as Class)))
      if (field in data) this.planted.add(`${type}.${field}`);
    const headers = { 'idempotency-key': `${MARK}-${newId()}`, 'user-agent': MARK, referer: `http://${MARK}.example` };
    const { status, text } = await this.send('POST', pathOf(route, id), JSON.stringify(data), headers);
    if (status >= 300) throw new Error(`${type}: ${status} ${text}`);
    return JSON.parse(text).id;
  }

  /** A person with a marked value in every field there is. */
  async person(n: number): Promise<string> {
    const id = await this.plant('RegisterIndividual', {
      name: `${MARK} ${n} ${HAN}`,
      birthDate: `${DAY}01`,
      occupation: `breeder of ${MARK}`,
      gender: 'other',
    });
    const say = (type: string, data: object) => this.plant(type, data, id);
    await say('ChangeName', { name: `changed ${MARK} ${n} ${HAN}` });
    await say('AddContactPoint', { kind: 'phone', value: `+86${PHONE}${10 + n}` });
    await say('AddContactPoint', { kind: 'email', value: `${MARK}${n}@example.org` });
    await say('AddContactPoint', { kind: 'wechat', value: `${MARK}_${n}` });
    await say('AddContactPoint', { kind: 'address', value: `${n} ${MARK} lane` });
    for (const contactPointId of ['c1', 'c2']) {
      await say('VerifyContactPoint', { contactPointId });
      await say('UseContactPointForLogin', { contactPointId });
    }
    await say('LinkIdentifier', { namespace: 'crm', value: `${MARK}-id-${n}` });
    await say('DeclarePreference', { key: 'seat', value: `${MARK} seat` });
    await say('ObservePreference', { key: 'meal', value: `${MARK} meal`, sourceEventIds: [newId()], confidence: 0.5 });
    const need = { code: `${MARK}-need`, note: `${MARK} note`, validUntil: `${DAY}02` };
    await say('RecordSpecialNeed', need);
    await say('ClearSpecialNeed', { code: need.code });
    const paper = { number: `${MARK}-p-${n}`, issuedOn: `${DAY}03`, expiresOn: `${DAY}04`, issuer: `${MARK}-issuer` };
    await say('RecordDriverLicence', { ...paper, licenceClass: `${MARK}-class` });
    await say('RecordIdentityDocument', { ...paper, documentType: 'passport' });
    await this.plant('EnrolMember', { member: id, memberNumber: `${MARK}-m-${n}` });
    const complaint = { complainant: id, text: `${MARK} complains`, desiredOutcome: `${MARK} wants` };
    const filed = await this.plant('FileComplaint', complaint);
    await this.plant('ResolveComplaint', { outcome: 'upheld', explanation: `${MARK} explained` }, filed);
    const asked = { requester: id, topic: 'invoice', windows, note: `${MARK} calls` };
    await this.plant('CompleteCallback', { note: `${MARK} called` }, await this.plant('RequestCallback', asked));
    return id;
  }

  async organisation(): Promise<string> {
    return this.plant('RegisterOrganization', { legalName: `${MARK} ltd`, creditCode: `${MARK}-credit` });
  }

  /** Marked values in every field of every command and question, in a shape that is refused. */
  async misfits(): Promise<void> {
    const some = newId();
    const long = MARK.repeat(2_000);
    for (const route of routes) {
      const fields = route.body.flatMap((shape) => Object.keys(schemaOf(shape).properties));
      const wrong = (value: unknown) =>
        JSON.stringify({
          ...Object.fromEntries(fields.map((field) => [field, value])),
          [`${MARK} ${HAN}`]: MARK,
          [long]: HAN,
        });
      const path = pathOf(route, some);
      for (const value of [long, { [`${MARK} ${HAN}`]: MARK }]) await this.refused('POST', path, wrong(value));
    }
    for (const body of [`{"name":"${MARK}`, `"${MARK}"`, `{"${MARK}\\u0000":"${MARK}\\ud800"}`, MARK])
      await this.refused('POST', '/v1/customers', body);
    await this.refused('POST', '/v1/customers/search', JSON.stringify({ name: MARK, phone: MARK }));
    for (const query of [`cursor=${MARK}`, `limit=${MARK}`, `after=${MARK}`, `${MARK}.x=${MARK}`])
      await this.refused('GET', `/v1/customers?${query}`);
    for (const path of [`customers/${MARK}@example.org`, `${MARK}`, `customers/${MARK}/timeline`])
      await this.refused('GET', `/v1/${path}`);
    await this.refused('POST', `/v1/customers/${MARK}/erase`, JSON.stringify({ reason: `Because of ${MARK}` }));
  }

  async headers(): Promise<void> {
    const wrong: readonly Headers[] = [
      { 'idempotency-key': `${MARK} with blanks` },
      { 'if-match': MARK },
      { purpose: `${MARK}!` },
      { prefer: `wait=${MARK}`, 'accept-language': MARK, purpose: `${MARK}!` },
      { 'content-type': `${MARK}/${MARK}` },
      { authorization: `Bearer ${MARK}.${MARK}.${MARK}` },
      { authorization: MARK },
      { authorization: '', cookie: `${MARK}=${MARK}` },
      { authorization: '', 'x-api-key': MARK },
    ];
    for (const one of wrong) await this.refused('POST', '/v1/customers', JSON.stringify({ name: MARK }), one);
    const following = { accept: 'text/event-stream', 'last-event-id': MARK };
    await this.refused('GET', `/v1/customers/${newId()}/timeline`, undefined, following);
  }

  /** What is sought is in a body, and finds. */
  async searches(): Promise<number> {
    const sought = [
      { phone: `+86 ${PHONE}11` },
      { email: `${MARK.toUpperCase()}1@example.org` },
      { name: `changed ${MARK} 1 ${HAN}` },
      { number: `${MARK}-id-1` },
      { query: `${MARK}-m-1` },
      { query: `${MARK} is not there` },
    ];
    let found = 0;
    for (const asked of sought) {
      const { text } = await this.send('POST', '/v1/customers/search', JSON.stringify(asked));
      found += JSON.parse(text).items.length;
      this.answers.pop(); // the answer names whom it found, to who may read it
    }
    return found;
  }

  private async refused(method: string, path: string, body?: string, headers?: Headers): Promise<void> {
    const { status } = await this.send(method, path, body, headers);
    if (status < 400 || status >= 500) throw new Error(`${method} ${path.slice(0, 80)} was answered ${status}`);
  }
}

const pathOf = ({ slice, path }: Route, id: string) =>
  `/v1/${slice.collection}${path && '/'}${path.replace(':id', id)}`;

/** Every `Command.field` that is personal. */
export const personalPlaces = (): readonly string[] =>
  slices.flatMap(({ commands }) =>
    Object.entries<Class>(commands).flatMap(([type, shape]) =>
      Object.keys(personalFields(shape)).map((field) => `${type}.${field}`),
    ),
  );
