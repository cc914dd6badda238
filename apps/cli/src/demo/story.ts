import { crowdMember, leads } from './cast.js';
import { crowdScenes } from './crowd.js';
import { Character, type Scene } from './scene.js';

/** What one customer lives through, in order. */
export type Life = Readonly<{ id: string; name: string; scenes: readonly Scene[] }>;
export type Story = Readonly<{ lives: readonly Life[]; heroine: Life }>;

const CROWD = 190;

/**
 * An invented car-rental company's year up to 2011-12-09: nobody in it lives. The same for the same log secret, so that
 * it is recorded once however often it is told. The heroine stands well on 2011-12-10 and is overdue two weeks later.
 */
export const storyOf = (secret: Buffer): Story => {
  const cast = new Map(Object.values(leads).map((part) => [part, new Character(secret, part)]));
  const character = (part: (typeof leads)[keyof typeof leads]) => cast.get(part) as Character;
  for (const [name, script] of Object.entries(scripts)) script(character(leads[name as keyof typeof leads]));
  const companies = organisations(secret, character(leads.priya), character(leads.guowei));
  const crowd = Array.from({ length: CROWD }, (_, n) => crowdScenes(new Character(secret, crowdMember(n)), n));
  const lives = [...cast.values(), ...companies, ...crowd].map(lifeOf);
  return { lives, heroine: lifeOf(character(leads.eleanor)) };
};

const lifeOf = ({ id, part, scenes }: Character): Life => ({ id, name: part.name, scenes });

const scripts: { readonly [K in keyof typeof leads]: (self: Character) => void } = {
  /** Comes every ninety days, last on 10 August: expected in November, overdue from Christmas Eve on. */
  eleanor: (self) => {
    self.registers('2011-01-28', 'web', [
      { type: 'DeclarePreference', data: { key: 'vehicle_class', value: 'estate' } },
      { type: 'RecordDriverLicence', data: { number: 'INVENTED-0001', issuedOn: '1998-06-03', issuer: 'gb' } },
    ]);
    // 200 of the 350 go into the free day of August; what is left ends with the year.
    self.joins('2011-01-28').carriesOver('2011-01-28', 350, '2011-12-31');
    for (const [on, back] of [
      ['2011-02-08', '2011-02-11'],
      ['2011-05-09', '2011-05-12'],
      ['2011-08-07', '2011-08-10'],
    ] as const) {
      self.earns(self.rents({ on, car: 'estate' }), back, 17_100);
    }
    self.redeems('2011-08-20', 200);
  },
  /** Everything that can go wrong: a complaint nobody answers, a call that never came, a car that was not there. */
  yulan: (self) => {
    self.registers('2010-12-20', 'app', [
      { type: 'RecordSpecialNeed', data: { code: 'child_seat', note: '两岁儿童' } },
    ]);
    for (const on of ['2011-01-15', '2011-04-02', '2011-06-18']) self.rents({ on, car: 'compact', channel: 'app' });
    const last = self.rents({ on: '2011-07-16', car: 'estate', channel: 'app' });
    self.complains(last, '2011-11-14', {
      category: 'vehicle_condition',
      severity: 'sev2',
      text: '儿童座椅损坏，未按承诺更换。',
    });
    self.asksForCall('2011-11-21', 'complaint', 'missed');
    self.asksForCall('2011-12-07', 'complaint', 'open', 7);
    self.loses({ on: '2011-11-30', channel: 'app' }, 'operator');
  },
  rosalind: (self) => {
    self.registers('2011-01-05', 'phone');
    for (const on of ['2011-01-20', '2011-04-14', '2011-07-08']) self.rents({ on, car: 'premium', channel: 'phone' });
    self.complains(undefined, '2011-10-24', {
      category: 'billing',
      severity: 'sev2',
      text: 'Charged twice for fuel and nobody explains it.',
    });
    self.asksForCall('2011-10-31', 'billing', 'missed');
    self.asksForCall('2011-12-08', 'billing', 'open', 8);
  },
  haoran: (self) => {
    self.registers('2011-02-11');
    for (const on of ['2011-02-25', '2011-05-20', '2011-07-22']) self.rents({ on, car: 'van', nights: 2 });
    self.loses({ on: '2011-11-18', car: 'van' }, 'operator');
    self.asksForCall('2011-11-20', 'cancellation', 'missed');
  },
  james: (self) => {
    self.registers('2010-12-02');
    for (const on of ['2010-12-04', '2011-06-10']) self.rents({ on, ahead: 1 });
    self.loses({ on: '2011-09-03' }, 'no-show');
  },
  /** Earns, spends, and loses what a refund takes back. */
  meilin: (self) => {
    self.registers('2011-03-18', 'app', [
      { type: 'DeclarePreference', data: { key: 'contact_channel', value: 'wechat' } },
    ]);
    self.joins('2011-03-18');
    const first = self.rents({ on: '2011-04-01', car: 'premium', nights: 5, channel: 'app' });
    self.earns(first, '2011-04-06', 51_300);
    const second = self.rents({ on: '2011-07-01', car: 'premium', nights: 4, channel: 'app' });
    self.earns(second, '2011-07-05', 41_040);
    self.redeems('2011-08-01', 600, 'weekend-upgrade');
    self.refunded(second, '2011-08-15', 20_520).givesBack(second, '2011-08-15', 205);
    self.earns(self.rents({ on: '2011-10-07', channel: 'app' }), '2011-10-10', 12_780);
  },
  tom: (self) => {
    self.registers('2010-12-02');
    const days = ['2010-12-04', '2011-03-05', '2011-05-28', '2011-08-20', '2011-10-08', '2011-11-12'];
    for (const on of days) self.rents({ on, ahead: 1 });
    self.settles(
      self.complains(undefined, '2011-08-29', {
        category: 'late_pickup',
        severity: 'sev3',
        text: 'Waited forty minutes at the desk.',
      }),
      '2011-09-01',
      'partly_upheld',
    );
    self.asksForCall('2011-09-05', 'compensation', 'called');
    self.books({ on: '2011-12-22', nights: 6, car: 'estate', ahead: 20 });
  },
  /** Drives for her company, and for herself. */
  priya: (self) => {
    self.registers('2011-01-10', 'counter');
    self.rents({ on: '2011-06-04', nights: 2 });
  },
  guowei: (self) => void self.registers('2011-02-14', 'counter'),
};

/** A company books through its people: who books, who drives and who pays are three. */
const organisations = (secret: Buffer, priya: Character, guowei: Character): readonly Character[] => {
  const company = (handle: string, name: string, locale: 'en-GB' | 'zh-CN') =>
    new Character(secret, { handle, name, locale, email: `office@${handle}.example.com` });
  const harbour = company('harbour-vale', 'Harbour & Vale Logistics Ltd', 'en-GB');
  harbour.founds('2011-01-12', 'INVENTED-HV-001', [
    [priya, 'fleet_manager'],
    [guowei, 'driver'],
  ]);
  for (const on of ['2011-02-01', '2011-03-15', '2011-05-03', '2011-06-21', '2011-08-09', '2011-09-27', '2011-11-15']) {
    priya.rents({ on, nights: 4, car: 'van', channel: 'counter' }, { payer: harbour, travellers: [guowei] });
  }
  const yunfan = company('yunfan', '杭州云帆科技有限公司', 'zh-CN');
  yunfan.founds('2011-04-06', 'INVENTED-YF-002', [[guowei, 'purchaser']]);
  guowei.rents({ on: '2011-10-10', nights: 3, car: 'premium', channel: 'counter' }, { payer: yunfan });
  return [harbour, yunfan];
};
