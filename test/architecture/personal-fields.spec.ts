import { IsEmail, IsString, Matches } from 'class-validator';
import { eventClasses, IsCode, IsId, IsReference, IsText, Rule, slices } from '#domain';
import { type AnySlice, type Class, Personal, personalFields } from '#kernel';
import { deepFreeze, someMeta } from '#testing';
import { sampleOf, undeclared } from './personal-fields.js';

/** Fields that could hold something personal by their form, and why they hold nothing of the kind. */
const allowed = {
  ...every('name', 'names a rule', [
    'PublishLoyaltyProgramme',
    'PublishCalendar',
    'PublishHolidays',
    'PublishExchangeRate',
    'PublishCallbackRules',
    'PublishSla',
  ]),
  ...every('from', 'a time of day at which work or rest begins', ['Shift', 'QuietHours']),
  ...every('to', 'a time of day at which work or rest ends', ['Shift', 'QuietHours']),
  ...Object.fromEntries(
    ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map((day) => [
      `Week.${day}`,
      'when work is done on such a day',
    ]),
  ),
  'WorkingHours.holidays': 'which lists of holidays are kept',
  'WorkingHours.makeUpDay': 'when work is done on a day that is made up for',
  'HolidayList.source': 'where public holidays were announced',
  'HolidayList.region': 'a region, such as gb-eaw',
  'HolidayList.daysOff': 'public holidays',
  'HolidayList.makeUpDays': 'working days that make up for a holiday',
  'Target.calendar': 'names a calendar, beside how long something may take',
  ...every('warnAt', 'per cents of a time', ['Pledge', 'Promised', 'StatutoryClock']),
  'StatutoryClock.source': 'which law says so',
  'PointsValuation.worth': 'an amount',
  'PointsValuation.expectedBreakage': 'a part of all points',
  'ServiceLevels.statutory': 'clocks of laws',
  'PublishRoles.name': 'names a rule',
  'Roles.roles': 'names of roles, such as agent',
  'Roles.actions': 'names of actions and of roles',
  'Role.fields': 'classes of fields',
  'DayClosed.date': 'the company’s day, not a birth date',
  'PolicyPublished.id': 'names a rule',
  'PolicyPublished.body': 'a rule of the company: no person is named in it',
  'SourceConflictRecorded.stream': 'a stream’s name, which holds an id of ours',
  'PersonalDataViewed.through': 'the name of a question or a verb',
  'AccessDenied.through': 'the name of a question or a verb',
  ...every('orderNumber', 'a number of the order, given by the shop', [
    'PlaceBooking',
    'AcceptQuote',
    'RecordRefundWithoutBooking',
    'BookingPlaced',
    'RefundRecordedWithoutBooking',
  ]),
  ...every('contactPointId', 'the n-th contact point, as we number them: c1', [
    'VerifyContactPoint',
    'BounceContactPoint',
    'RemoveContactPoint',
    'UseContactPointForLogin',
    'StopLoginWith',
    'ContactPointAdded',
    'ContactPointVerified',
    'ContactPointBounced',
    'ContactPointRemoved',
    'LoginIdentifierSet',
    'LoginIdentifierReleased',
    'RequestCallback',
    'CallbackRequested',
  ]),
  ...every('identifierId', 'the n-th identifier, as we number them: i1', [
    'UnlinkIdentifier',
    'IdentifierLinked',
    'IdentifierUnlinked',
  ]),
  ...every('lineId', 'the n-th line, as we number them', [
    'BookedLine',
    'EarningSource',
    'EarningLine',
    'EarnedLine',
    'ReverseEarning',
    'EarningReversed',
  ]),
  ...every('rule', 'a version of a rule', ['PointsEarned', 'EarningReversed']),
  ...every('policyVersion', 'a version of a rule', [
    'AnnounceStage',
    'AnnounceChurnRisk',
    'LifecycleStageChanged',
    'ChurnRiskAssessed',
  ]),
  ...every('since', 'the first day of a stage', ['AnnounceStage', 'LifecycleStageChanged']),
  'StageGrounds.registeredOn': 'the day of registration',
  'StageGrounds.firstServiceOn': 'the first day of a service',
  'StageGrounds.lastServiceOn': 'the last day of a service',
  ...every('earnedOn', 'the day on which points were earned', [
    'PointsEarned',
    'OpeningBalanceBrought',
    'PointsExpired',
  ]),
  ...every('lastDay', 'the last day of points', [
    'BringOpeningBalance',
    'PointsEarned',
    'OpeningBalanceBrought',
    'ExpiryExtended',
    'RestoredPoints',
    'PointsExpired',
  ]),
  'BringOpeningBalance.activatesOn': 'the first day of points',
  'PointsExpiry.on': 'the last day of all points',
  ...every('method', 'a word of a list', ['PointsExpiry', 'PointsRestoring']),
  ...every('lockDays', 'a number', ['LoyaltyProgramme']),
  ...every('expiryMonths', 'a number', ['LoyaltyProgramme']),
  ...every('paymentId', 'the id of a payment at its provider', ['CapturePayment', 'PaymentCaptured']),
  ...every('refundId', 'the id of a refund at its provider', ['IssueRefund', 'RefundIssued']),
  ...every('relatedTo', 'the stream or the ticket it is about', ['RequestCallback', 'CallbackRequested']),
  ...every('attemptId', 'the id of a call at the telephone system', ['RecordCallAttempt', 'CallAttempted']),
  ...every('lotId', 'the id of points of one earning', [
    'Allocation',
    'EarnPoints',
    'BringOpeningBalance',
    'ReverseEarning',
    'ExpirePoints',
    'PointsEarned',
    'OpeningBalanceBrought',
    'PointsActivated',
    'RestoredPoints',
    'EarningReversed',
    'PointsDebtSettled',
    'PointsExpired',
  ]),
  ...every('redemptionId', 'the id of a redemption', [
    'ReserveRedemption',
    'CommitRedemption',
    'ReleaseRedemption',
    'ReverseRedemption',
    'RedemptionReserved',
    'RedemptionCommitted',
    'RedemptionReleased',
    'RedemptionReversed',
  ]),
  ...every('rewardRef', 'what is redeemed, from a catalogue', ['ReserveRedemption', 'RedemptionReserved']),
  ...every('validFrom', 'of an office, not of a document', ['LinkOrgContact', 'OrgContactLinked']),
  ...every('validUntil', 'of an office, not of a document', ['LinkOrgContact', 'OrgContactLinked']),
  ...every('namespace', 'which system calls them so, a code', ['LinkIdentifier', 'IdentifierLinked']),
  ...every('documentType', 'which kind of document, a code', ['RecordIdentityDocument', 'IdentityDocumentRecorded']),
};
function every(field: string, reason: string, classes: readonly string[]) {
  return Object.fromEntries(classes.map((name) => [`${name}.${field}`, reason]));
}

const messages: readonly Class[] = [
  ...Object.values(eventClasses),
  ...slices.flatMap(({ commands }) => Object.values<Class>(commands)),
];

/** The fact by which an instance begins, whose participants are known from then on. */
const openings: Readonly<Record<string, string>> = {
  customer: 'IndividualRegistered',
  callback: 'CallbackRequested',
  complaint: 'ComplaintFiled',
  loyaltyAccount: 'MemberEnrolled',
};

const rolesIn = (classes: Readonly<Record<string, Class>>) =>
  new Set(Object.values(classes).flatMap((shape) => Object.values(personalFields(shape))));

describe('what may be personal', () => {
  it('is marked, in every command and every fact', () => {
    expect(messages.length).toBeGreaterThanOrEqual(110);
    expect(messages.flatMap((shape) => undeclared(shape, allowed))).toEqual([]);
  });

  it('is allowed without a mark only where it is there', () => {
    const would = new Set(messages.flatMap((shape) => undeclared(shape)).map((text) => text.split(':')[0]));
    expect(Object.keys(allowed).filter((place) => !would.has(place))).toEqual([]);
  });

  it.each(slices.map((slice) => [slice.category, slice] as const))('is that of one participant: %s', (_, slice) => {
    const roles = [...rolesIn(slice.commands), ...rolesIn(slice.events)];
    if (roles.length === 0) return;
    const type = openings[slice.category];
    const shape = eventClasses[String(type)];
    if (!shape) throw new Error(`which fact opens ${slice.category}?`);
    const state = slice.evolve(slice.initial, { type, data: sampleOf(shape, 'x'), meta: someMeta });
    const taking = slice.participants(state, '01900000-0000-7000-8000-000000000009').map(({ role }) => role);
    expect(roles.map((role) => [role, taking.filter((one) => one === role).length])).toEqual(
      roles.map((role) => [role, 1]),
    );
  });

  it.each(slices.map((slice) => [slice.category, slice] as const))(
    'is the same in a command and the fact that comes of it: %s',
    (_, slice) => {
      const pairs = pairsIn(slice);
      expect(pairs.filter(([command, fact]) => JSON.stringify(command[1]) !== JSON.stringify(fact[1]))).toEqual([]);
      const withPersonal = Object.entries<Class>(slice.commands).filter(([, shape]) => hasPersonal(shape));
      expect(withPersonal.filter(([type]) => !pairs.some(([[name]]) => name === type)).map(([type]) => type)).toEqual(
        [],
      );
    },
  );

  it('is in no line of a timeline', () => {
    for (const { events, touchpoint } of slices) {
      for (const [type, shape] of Object.entries<Class>(events)) {
        const fact = deepFreeze({ type, data: sampleOf(shape, 'MARKED'), meta: someMeta });
        expect([type, JSON.stringify(touchpoint(fact))]).toEqual([type, expect.not.stringContaining('MARKED')]);
      }
    }
  });
});

const hasPersonal = (shape: Class) => Object.keys(personalFields(shape)).length > 0;
const sorted = (shape: Class) => Object.entries(personalFields(shape)).sort();

/** `RequestCallback` becomes `CallbackRequested`: each with its personal fields. */
const pairsIn = ({ commands, events }: AnySlice) =>
  Object.entries<Class>(commands).flatMap(([command, shape]) => {
    const [, verb = '', what = ''] = /^([A-Z][a-z]+)(\w*)$/.exec(command) ?? [];
    const past = new RegExp(`^${what}${verb.replace(/e$/, '')}\\w*$`);
    const [found] = Object.entries<Class>(events).filter(([type]) => past.test(type));
    return found ? [[[command, sorted(shape)] as const, [found[0], sorted(found[1])] as const] as const] : [];
  });

describe('a field that nobody marked', () => {
  class Inside {
    @IsText() line!: string;
  }
  const Nested = (shape: Class) => Rule('nested', () => true, 'an object', { shape });
  const plant = (field: string, ...rules: readonly PropertyDecorator[]): Class => {
    class Planted {}
    for (const rule of rules) rule(Planted.prototype, field);
    return Planted;
  };
  it.each<[string, Class, string]>([
    ['free text', plant('topic', IsText()), 'Planted.topic: isText'],
    ['a name, even as a code', plant('driverName', IsCode()), 'Planted.driverName: is called driverName'],
    ['a phone as a reference', plant('callee', IsReference()), 'Planted.callee: isReference'],
    ['a plate', plant('plate', Matches(/^[A-Z0-9]{6,8}$/)), 'Planted.plate: matches'],
    ['any text', plant('label', IsString()), 'Planted.label: isString'],
    ['a rule nobody knows', plant('contact', IsEmail()), 'Planted.contact: isEmail'],
    [
      'a birth date',
      plant(
        'born',
        Rule('isLocalDate', () => true, 'a day'),
      ),
      'Planted.born: isLocalDate',
    ],
    [
      'an object of anything',
      plant(
        'more',
        Rule('isObject', () => true, 'an object'),
      ),
      'Planted.more: isObject',
    ],
    [
      'an object without a shape',
      plant(
        'more',
        Rule('nested', () => true, 'an object'),
      ),
      'Planted.more: nested',
    ],
    ['something inside', plant('seat', Nested(Inside)), 'Inside.line: isText'],
  ])('is found: %s', (_, shape, found) => expect(undeclared(shape)).toContain(found));

  it('is found where the mark stands inside another', () => {
    class Marked {
      @Personal('self') @IsText() line!: string;
    }
    expect(undeclared(plant('seat', Nested(Marked)))).toEqual(['Marked.line: marked inside another field']);
  });

  it('is not found where it is marked, or cannot hold anything', () => {
    class Marked {
      @Personal('self') @IsText() note!: string;
      @Personal('self') @IsEmail() email!: string;
      @IsId() customer!: string;
      @IsCode() reason!: string;
    }
    expect(undeclared(Marked)).toEqual([]);
  });
});
