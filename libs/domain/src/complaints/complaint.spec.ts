import { fill, type Words } from '#kernel';
import { at, specification, stamped } from '#testing';
import { complaint } from './complaint.decider.js';
import type { ComplaintCommand, ComplaintEvent } from './complaint.messages.js';

const { given, tells } = specification(complaint);

describe('a complaint', () => {
  it('is filed', () => given().when(file).then(filed));
  it('filed again is filed once', () => given(filed).when(file).thenNothing());
  it('belongs to one customer', () => given(filed).when(fileByAnother).thenRejected('complaint-id-taken'));
  it('may be about this very moment', () => given().when(at(incidentAt, file)).then(filed));
  it('is not about the future', () =>
    given().when(at('2026-03-01T07:59:59.999Z', file)).thenRejected('incident-in-the-future'));
  it('may leave open when it happened', () => given().when(fileBriefly).then(filedBriefly));

  it('concerns nobody before it is filed', () => given(acknowledged).concerns());
  it('concerns who complains', () => given(filedBriefly).concerns({ id: complainant, role: 'complainant' }));
  it('concerns whom it is about, to its end', () =>
    given(filed, resolved, closed).concerns(
      { id: complainant, role: 'complainant' },
      { id: child, role: 'beneficiary' },
    ));
});

describe('an open complaint', () => {
  it('is acknowledged', () => given(filed).when(acknowledge).then(acknowledged));
  it('is acknowledged once', () => given(filed, acknowledged).when(acknowledge).thenNothing());
  it('may be assigned before it is acknowledged', () => given(filed, assigned).when(acknowledge).then(acknowledged));
  it('stays acknowledged when it is reopened', () =>
    given(filed, acknowledged, resolved, reopened).when(acknowledge).thenNothing());
  it('is classified', () => given(filedBriefly).when(classify).then(classified));
  it('filed with its class needs no classification', () => given(filed).when(classify).thenNothing());
  it('is classified again when it turns out worse', () => given(filed).when(classifyWorse).then(classifiedWorse));
  it('is classified again when it is about something else', () =>
    given(filed).when(classifyOtherwise).then(classifiedOtherwise));
  it('is classified while somebody works on it', () =>
    given(filedBriefly, acknowledged, assigned).when(classify).then(classified));
  it('is classified when it is open again', () =>
    given(filedBriefly, resolved, reopened).when(classify).then(classified));
  it('is assigned', () => given(filed, acknowledged).when(assign).then(assigned));
  it('is assigned to the same hands once', () => given(filed, assigned).when(assign).thenNothing());
  it('changes hands within a team', () => given(filed, assigned).when(assignToTeam).then(assignedToTeam));
  it('changes hands between teams', () => given(filed, assigned).when(assignElsewhere).then(assignedElsewhere));
  it('is escalated by a person, one level up', () => given(filed).when(escalate('media')).then(escalated(1, 'media')));
  it('is escalated once for each reason', () => {
    given(filed, escalated(1, 'media')).when(escalate('media')).thenNothing();
    given(filed, escalated(1, 'media')).when(escalate('regulator')).then(escalated(2, 'regulator'));
  });
  it('is escalated anew when it is open again', () =>
    given(filed, escalated(1, 'media'), resolved, reopened).when(escalate('media')).then(escalated(2, 'media')));
  it('is resolved', () => given(filed, acknowledged, assigned).when(resolve).then(resolved));
  it('may be resolved at once', () => given(filed).when(resolve).then(resolved));
  it('is not closed unresolved', () => given(filed).when(close).thenRejected('complaint-not-resolved'));
  it('is not reopened', () => given(filed).when(reopen).thenRejected('complaint-not-resolved'));
  it('can be withdrawn', () => given(filed).when(withdraw).then(withdrawn));
  it('can be withdrawn while somebody works on it', () =>
    given(filed, acknowledged, assigned).when(withdraw).then(withdrawn));
  it('can be withdrawn when it is open again', () => given(filed, resolved, reopened).when(withdraw).then(withdrawn));
});

describe('a resolved complaint', () => {
  it('resolved again is resolved once', () => given(filed, resolved).when(resolve).thenNothing());
  it('is not resolved otherwise', () =>
    given(filed, resolved).when(resolveOtherwise).thenRejected('complaint-not-open'));
  it('is not remedied otherwise', () =>
    given(filed, resolved).when(resolveWithoutRemedy).thenRejected('complaint-not-open'));
  it('is closed', () => given(filed, resolved).when(close).then(closed));
  it('closed twice is closed once', () => given(filed, resolved, closed).when(close).thenNothing());
  it('can be reopened', () => given(filed, resolved).when(reopen).then(reopened));
  it('can be reopened when it is closed', () => given(filed, resolved, closed).when(reopen).then(reopened));
  it('reopened twice is reopened once', () => given(filed, resolved, reopened).when(reopen).thenNothing());
  it('reopened is resolved anew', () =>
    given(filed, resolved, reopened).when(resolveOtherwise).then(resolvedOtherwise));
  it('reopened is not closed before it is resolved anew', () =>
    given(filed, resolved, closed, reopened).when(close).thenRejected('complaint-not-resolved'));
});

describe('a complaint that is over, or never was', () => {
  it('before it is filed takes nothing', () => {
    for (const command of openOnly) given().when(command).thenRejected('complaint-not-open');
    for (const command of overOnly) given().when(command).thenRejected('complaint-not-resolved');
  });
  it('closed takes nothing but to be reopened', () => {
    for (const command of openOnly)
      given(filed, resolvedOtherwise, closed).when(command).thenRejected('complaint-not-open');
  });
  it('withdrawn takes nothing', () => {
    for (const command of openOnly.filter((command) => command !== withdraw))
      given(filed, withdrawn).when(command).thenRejected('complaint-not-open');
    for (const command of overOnly) given(filed, withdrawn).when(command).thenRejected('complaint-not-resolved');
  });
  it('withdrawn twice is withdrawn once', () => given(filed, withdrawn).when(withdraw).thenNothing());
});

describe('the story of a complaint', () => {
  it('is told in English', () => {
    tells(filed, 'Filed a complaint about late_delivery, severity 2');
    tells(filedBriefly, 'Filed a complaint');
    tells(filedWithCategory, 'Filed a complaint about late_delivery');
    tells(acknowledged, 'We confirmed that we received the complaint');
    tells(classifiedWorse, 'The complaint was classified as late_delivery, severity 1');
    tells(assigned, 'The complaint was assigned to care');
    tells(resolved, 'The complaint was resolved: upheld');
    tells(resolvedInPart, 'The complaint was resolved: upheld in part');
    tells(resolvedOtherwise, 'The complaint was resolved: not upheld');
    tells(closed, 'The complaint was closed');
    tells(reopened, 'The complaint was reopened (not_paid)');
    tells(withdrawn, 'Withdrew the complaint');
  });

  it('has a sentence for each turn and no sentence to spare, in both languages', () => {
    const meanings = everyEvent.map((event) => complaint.touchpoint(stamped(event)));
    expect(new Set(meanings.map((meaning) => meaning?.summary))).toEqual(new Set(Object.keys(complaint.words.en)));
    const told = ({ en, zh }: Words) =>
      meanings.map((m) => fill(`${en[m?.summary ?? '']} ${zh[m?.summary ?? '']}`, m?.params));
    expect(told(complaint.words).join()).not.toMatch(/[{}]|undefined/);
  });

  it('says how they felt', () => {
    const felt = (event: ComplaintEvent) => complaint.touchpoint(stamped(event))?.sentiment;
    expect([filed, resolved, resolvedInPart, resolvedOtherwise, reopened].map(felt)).toEqual([-1, 1, 0, -1, -1]);
  });
});

const incidentAt = '2026-03-01T08:00:00.000Z';
const filedAt = '2026-03-01T09:00:00.000Z';
const complainant = '01900000-0000-7000-8000-0000000000c1';
const another = '01900000-0000-7000-8000-0000000000c2';
const child = '01900000-0000-7000-8000-0000000000c3';
const category = 'late_delivery';
const told = { complainant, onBehalfOf: child, category, severity: 'sev2', text: 'It never came', incidentAt } as const;
const hands = { team: 'care', agent: 'ann' };
const remedy = 'voucher';

const file: ComplaintCommand = { type: 'FileComplaint', data: told };
const fileByAnother: ComplaintCommand = { type: 'FileComplaint', data: { ...told, complainant: another } };
const fileBriefly: ComplaintCommand = { type: 'FileComplaint', data: { complainant } };
const acknowledge: ComplaintCommand = { type: 'AcknowledgeComplaint', data: { medium: 'phone' } };
const classify: ComplaintCommand = { type: 'ClassifyComplaint', data: { category, severity: 'sev2' } };
const classifyWorse: ComplaintCommand = { type: 'ClassifyComplaint', data: { category, severity: 'sev1' } };
const classifyOtherwise: ComplaintCommand = {
  type: 'ClassifyComplaint',
  data: { category: 'price', severity: 'sev2' },
};
const assign: ComplaintCommand = { type: 'AssignComplaint', data: hands };
const assignToTeam: ComplaintCommand = { type: 'AssignComplaint', data: { team: 'care' } };
const assignElsewhere: ComplaintCommand = { type: 'AssignComplaint', data: { team: 'legal', agent: 'ann' } };
const resolve: ComplaintCommand = { type: 'ResolveComplaint', data: { outcome: 'upheld', remedy } };
const resolveWithoutRemedy: ComplaintCommand = { type: 'ResolveComplaint', data: { outcome: 'upheld' } };
const resolveOtherwise: ComplaintCommand = { type: 'ResolveComplaint', data: { outcome: 'not_upheld', remedy } };
const close: ComplaintCommand = { type: 'CloseComplaint', data: {} };
const reopen: ComplaintCommand = { type: 'ReopenComplaint', data: { reason: 'not_paid' } };
const withdraw: ComplaintCommand = { type: 'WithdrawComplaint', data: {} };
const openOnly: readonly ComplaintCommand[] = [
  ...[acknowledge, classify, assign, resolve, withdraw],
  { type: 'EscalateComplaint', data: { reason: 'media' } },
];
const overOnly = [close, reopen];

const filed: ComplaintEvent = { type: 'ComplaintFiled', data: told };
const filedBriefly: ComplaintEvent = { type: 'ComplaintFiled', data: { complainant } };
const filedWithCategory: ComplaintEvent = { type: 'ComplaintFiled', data: { complainant, category } };
const acknowledged: ComplaintEvent = { type: 'ComplaintAcknowledged', data: { medium: 'phone' } };
const classified: ComplaintEvent = { type: 'ComplaintClassified', data: { category, severity: 'sev2' } };
const classifiedWorse: ComplaintEvent = { type: 'ComplaintClassified', data: { category, severity: 'sev1' } };
const classifiedOtherwise: ComplaintEvent = {
  type: 'ComplaintClassified',
  data: { category: 'price', severity: 'sev2' },
};
const assigned: ComplaintEvent = { type: 'ComplaintAssigned', data: hands };
const assignedToTeam: ComplaintEvent = { type: 'ComplaintAssigned', data: { team: 'care' } };
const assignedElsewhere: ComplaintEvent = { type: 'ComplaintAssigned', data: { team: 'legal', agent: 'ann' } };
const resolved: ComplaintEvent = { type: 'ComplaintResolved', data: { outcome: 'upheld', remedy } };
const resolvedInPart: ComplaintEvent = { type: 'ComplaintResolved', data: { outcome: 'partly_upheld' } };
const resolvedOtherwise: ComplaintEvent = { type: 'ComplaintResolved', data: { outcome: 'not_upheld', remedy } };
const closed: ComplaintEvent = { type: 'ComplaintClosed', data: {} };
const reopened: ComplaintEvent = { type: 'ComplaintReopened', data: { reason: 'not_paid' } };
const withdrawn: ComplaintEvent = { type: 'ComplaintWithdrawn', data: {} };
const started = (clock: string) => ({
  ...{ clock, endsWith: 'resolution' as const, pauses: true, isStatutory: false, since: incidentAt },
  ...{ target: { calendar: 'office', minutes: 60 }, startedAt: incidentAt, dueAt: incidentAt, warnAt: [] },
});
const ofClock = (clock: string): readonly ComplaintEvent[] => {
  const [dueAt, target] = [incidentAt, { calendar: 'office', minutes: 60 }];
  const moved = { clock, target, wasDueAt: dueAt, startedAt: dueAt, dueAt, warnAt: [] };
  return [
    { type: 'SlaClockStarted', data: started(clock) },
    { type: 'SlaClockPaused', data: { clock, remainingMs: 1 } },
    { type: 'SlaClockResumed', data: { clock, dueAt, warnAt: [] } },
    { type: 'SlaClockStopped', data: { clock, cause: 'resolved', elapsedMs: 1, met: true } },
    { type: 'SlaClockStopped', data: { clock, cause: 'resolved', elapsedMs: 1, met: false } },
    { type: 'SlaClockStopped', data: { clock, cause: 'withdrawn', elapsedMs: 1 } },
    { type: 'SlaWarningRaised', data: { clock, threshold: 75, dueAt } },
    { type: 'SlaBreached', data: { clock, dueAt, overdueMs: 0 } },
    { type: 'SlaTargetChanged', data: { ...moved, cause: 'calendar' } },
    { type: 'SlaTargetChanged', data: { ...moved, cause: 'calendar', wasDueAt: filedAt } },
    { type: 'ComplaintEscalated', data: { level: 1, reason: 'time', clock, threshold: 75 } },
    ...(clock === 'resolution'
      ? [{ type: 'SlaTargetChanged' as const, data: { ...moved, cause: 'hold' as const, wasDueAt: filedAt } }]
      : []),
    // A law knows no severity.
    ...(clock.includes('.')
      ? []
      : [{ type: 'SlaTargetChanged' as const, data: { ...moved, cause: 'priority' as const, wasDueAt: filedAt } }]),
  ];
};
const occasions = ['severity', 'vip', 'regulator', 'media'] as const;
const escalate = (reason: (typeof occasions)[number]): ComplaintCommand => ({
  type: 'EscalateComplaint',
  data: { reason },
});
const escalated = (level: number, reason: (typeof occasions)[number]): ComplaintEvent => ({
  type: 'ComplaintEscalated',
  data: { level, reason },
});
const clockEvents: readonly ComplaintEvent[] = [
  ...occasions.map((reason) => escalated(1, reason)),
  { type: 'FirstResponseSent', data: {} },
  { type: 'ComplaintPaused', data: { reason: 'waiting_customer' } },
  { type: 'ComplaintPaused', data: { reason: 'waiting_partner' } },
  { type: 'ComplaintResumed', data: {} },
  ...['acknowledgement', 'first_response', 'resolution', 'us_dot.response'].flatMap(ofClock),
];
const everyEvent = [
  filed,
  filedBriefly,
  filedWithCategory,
  acknowledged,
  classified,
  assigned,
  resolved,
  resolvedInPart,
  resolvedOtherwise,
  closed,
  reopened,
  withdrawn,
  ...clockEvents,
];
