import type { Policies, Stamped } from '#kernel';
import { at, someCompany, specification, stamped } from '#testing';
import { defaultPolicies } from '../policies/defaults.js';
import { complaint } from './complaint.decider.js';
import type { ComplaintCommand, ComplaintEvent } from './complaint.messages.js';
import type { SlaPolicies } from './complaint-clocks.js';
import { nextMomentOf } from './sla-clock.js';

// Monday 2026-03-09; the office of London works from 09:00 to 18:00, with lunch from 12 to 13.
const published = Object.fromEntries(
  defaultPolicies({ zone: 'Europe/London' }).map(({ kind, id, body }) => [
    kind === 'sla' && id === 'default' ? 'sla' : `${kind}.${id}`,
    { ref: `${kind}.${id}@1`, body },
  ]),
);
const policies = { ...published, company: someCompany } as unknown as Policies<SlaPolicies>;
const { given, tells } = specification(complaint, policies);

type Of<T extends ComplaintEvent['type']> = Extract<ComplaintEvent, { type: T }>['data'];
const day = (time: string, date = '2026-03-09') => `${date}T${time}:00.000Z`;
const HOUR = 3_600_000;

const started = (data: Partial<Of<'SlaClockStarted'>> & Pick<Of<'SlaClockStarted'>, 'clock' | 'dueAt'>) =>
  ({
    type: 'SlaClockStarted',
    data: {
      ...{ endsWith: data.clock, pauses: data.clock === 'resolution', isStatutory: false },
      ...{ since: day('10:00'), startedAt: day('10:00'), ...data },
    },
  }) as ComplaintEvent;
const office = (minutes: number) => ({ calendar: 'office', minutes });

const complainant = '01900000-0000-7000-8000-0000000000c1';
const file: ComplaintCommand = { type: 'FileComplaint', data: { complainant, severity: 'sev2' } };
const filed: ComplaintEvent = { type: 'ComplaintFiled', data: { complainant, severity: 'sev2' } };
const acknowledgement = started({
  ...{ clock: 'acknowledgement', target: office(60), dueAt: day('11:00') },
  warnAt: [{ threshold: 75, at: day('10:45') }],
});
const firstResponse = started({
  ...{ clock: 'first_response', target: office(240), dueAt: day('15:00') },
  warnAt: [{ threshold: 75, at: day('14:00') }],
});
const resolution = started({
  ...{ clock: 'resolution', target: { calendar: 'office', workingDays: 3 }, dueAt: day('18:00', '2026-03-12') },
  // Of 31 working hours 23 and a quarter have passed.
  warnAt: [{ threshold: 75, at: day('09:15', '2026-03-12') }],
});
const clocks = [acknowledgement, firstResponse, resolution];
const at10 = [filed, ...clocks].map((event) => at(day('10:00'), event));

const check: ComplaintCommand = { type: 'CheckSlaClocks', data: {} };
const acknowledge: ComplaintCommand = { type: 'AcknowledgeComplaint', data: {} };
const acknowledged: ComplaintEvent = { type: 'ComplaintAcknowledged', data: {} };
const respond: ComplaintCommand = { type: 'RecordFirstResponse', data: { medium: 'email' } };
const responded: ComplaintEvent = { type: 'FirstResponseSent', data: { medium: 'email' } };
const resolve: ComplaintCommand = { type: 'ResolveComplaint', data: { outcome: 'upheld' } };
const resolved: ComplaintEvent = { type: 'ComplaintResolved', data: { outcome: 'upheld' } };
const pause = (reason: Of<'ComplaintPaused'>['reason'] = 'waiting_customer'): ComplaintCommand => ({
  type: 'PauseComplaint',
  data: { reason },
});
const paused = (reason: Of<'ComplaintPaused'>['reason'] = 'waiting_customer'): ComplaintEvent => ({
  type: 'ComplaintPaused',
  data: { reason },
});
const resume: ComplaintCommand = { type: 'ResumeComplaint', data: {} };
const resumed: ComplaintEvent = { type: 'ComplaintResumed', data: {} };
const recompute: ComplaintCommand = { type: 'RecomputeSlaClocks', data: {} };
const classify = (data: object = {}): ComplaintCommand => ({
  type: 'ClassifyComplaint',
  data: { category: 'late_delivery', severity: 'sev2', ...data },
});
const classified = (data: object = {}): ComplaintEvent => ({
  type: 'ComplaintClassified',
  data: { category: 'late_delivery', severity: 'sev2', ...data },
});
const stopped = (clock: string, cause: Of<'SlaClockStopped'>['cause'], elapsedMs: number, met?: boolean) =>
  ({
    type: 'SlaClockStopped',
    data: { clock, cause, elapsedMs, ...(met !== undefined && { met }) },
  }) as ComplaintEvent;
const warned = (clock: string, threshold: number, dueAt: string): ComplaintEvent => ({
  type: 'SlaWarningRaised',
  data: { clock, threshold, dueAt },
});
const breached = (clock: string, dueAt: string, overdueMs = 0): ComplaintEvent => ({
  type: 'SlaBreached',
  data: { clock, dueAt, overdueMs },
});
const escalated = (level: number, clock: string, threshold?: number): ComplaintEvent => ({
  type: 'ComplaintEscalated',
  data: { level, reason: 'time', clock, ...(threshold !== undefined && { threshold }) },
});
const inTime = [
  at(day('10:30'), acknowledged),
  at(day('10:30'), stopped('acknowledgement', 'acknowledged', HOUR / 2, true)),
];
const answered = [
  at(day('14:00'), responded),
  at(day('14:00'), stopped('first_response', 'responded', 3 * HOUR, true)),
];

describe('a complaint that is filed', () => {
  it('CMP-1 starts the clocks of its severity', () =>
    given()
      .when(at(day('10:00'), file))
      .then(filed, ...clocks));
  it('starts those of the severity that the policy presumes until somebody says', () => {
    const unclassified: ComplaintEvent = { type: 'ComplaintFiled', data: { complainant } };
    const told = complaint.decide(
      at(day('10:00'), { type: 'FileComplaint', data: { complainant } }),
      { status: 'none' },
      policies,
    );
    expect(told).toMatchObject([
      unclassified,
      { data: { dueAt: day('15:00') } },
      { data: { dueAt: day('18:00', '2026-03-10') } },
      {},
    ]);
  });
  it('starts no clock where nothing is promised', () =>
    specification(complaint)
      .given()
      .when(at(day('10:00'), file))
      .then(filed));
  it('is refused where nobody can tell what its calendar is', () => {
    const { 'calendar.office': _, ...others } = policies;
    specification(complaint, others as never)
      .given()
      .when(at(day('10:00'), file))
      .thenRejected('calendar-unknown');
  });
  it('under a regime that nobody knows is refused: its time would run unseen', () =>
    given()
      .when(at(day('10:00'), { ...file, data: { complainant, regulatory: ['eu_261'] } }))
      .thenRejected('regime-unknown'));
  it('leans on its promises, their calendars, and the holidays that these keep', () => {
    const needed = (found: object) => complaint.needs?.(stamped(file), { status: 'none' }, someCompany, found as never);
    expect(needed({})).toEqual({ sla: 'sla.default' });
    const { sla, 'calendar.office': hours } = published;
    expect(needed({ sla })).toEqual({ sla: 'sla.default', 'calendar.office': 'calendar.office' });
    expect(needed({ sla, 'calendar.office': hours })).toEqual({
      ...{ sla: 'sla.default', 'calendar.office': 'calendar.office' },
      'holidays.gb-eaw': 'holidays.gb-eaw',
    });
  });
});

describe('a clock', () => {
  it('CMP-1 stops when what it waits for comes', () => {
    given(...at10)
      .when(at(day('10:30'), acknowledge))
      .then(acknowledged, stopped('acknowledgement', 'acknowledged', HOUR / 2, true));
    given(...at10, ...inTime)
      .when(at(day('14:00'), respond))
      .then(responded, stopped('first_response', 'responded', 3 * HOUR, true));
  });
  it('stops when more comes than it waits for', () => {
    given(...at10)
      .when(at(day('10:30'), respond))
      .then(
        responded,
        stopped('acknowledgement', 'responded', HOUR / 2, true),
        stopped('first_response', 'responded', HOUR / 2, true),
      );
    given(...at10)
      .when(at(day('10:30'), resolve))
      .then(
        resolved,
        ...['acknowledgement', 'first_response', 'resolution'].map((clock) =>
          stopped(clock, 'resolved', HOUR / 2, true),
        ),
      );
  });
  it('of a complaint that is withdrawn is neither met nor missed', () =>
    given(...at10, ...inTime, ...answered)
      .when(at(day('15:00'), { type: 'WithdrawComplaint', data: {} }))
      .then({ type: 'ComplaintWithdrawn', data: {} }, stopped('resolution', 'withdrawn', 4 * HOUR)));
  it('CMP-2 warns once, by the command that its deadline says', () => {
    given(...at10)
      .when(at(day('10:44'), check))
      .thenNothing();
    given(...at10)
      .when(at(day('10:45'), check))
      .then(warned('acknowledgement', 75, day('11:00')), escalated(1, 'acknowledgement', 75));
    given(...at10, at(day('10:45'), warned('acknowledgement', 75, day('11:00'))))
      .when(at(day('10:50'), check))
      .thenNothing();
  });
  it('CMP-2 is breached once, at the instant at which it is due', () => {
    given(...at10)
      .when(at(day('11:00'), check))
      .then(breached('acknowledgement', day('11:00')), escalated(2, 'acknowledgement'));
    given(...at10, at(day('11:00'), breached('acknowledgement', day('11:00'))))
      .when(at(day('12:00'), check))
      .thenNothing();
  });
  it('is met by what comes at the very instant at which it is due', () =>
    given(...at10)
      .when(at(day('11:00'), acknowledge))
      .then(acknowledged, stopped('acknowledgement', 'acknowledged', HOUR, true)));
  it('that is overdue says so before it stops, though nobody has looked', () =>
    given(...at10)
      .when(at(day('11:30'), acknowledge))
      .then(
        breached('acknowledgement', day('11:00'), HOUR / 2),
        escalated(2, 'acknowledgement'),
        acknowledged,
        stopped('acknowledgement', 'acknowledged', 1.5 * HOUR, false),
      ));
  it('of history from elsewhere is counted, and silent', () => {
    const backfilled = (event: Stamped<ComplaintEvent>) => ({
      ...event,
      meta: { ...event.meta, backfill: true as const },
    });
    given(...at10.map(backfilled))
      .when(at(day('18:00', '2026-04-09'), check))
      .thenNothing();
    given(...at10.map(backfilled))
      .when(at(day('11:30'), acknowledge))
      .then(acknowledged, stopped('acknowledgement', 'acknowledged', 1.5 * HOUR, false));
  });
  it('says nothing of a complaint that nobody filed', () => given().when(check).thenNothing());
});

describe('a complaint that waits', () => {
  const held = [
    at(day('15:00'), paused()),
    at(day('15:00'), {
      type: 'SlaClockPaused',
      data: { clock: 'resolution', remainingMs: 27 * HOUR },
    } as ComplaintEvent),
  ];
  const open = [...at10, ...inTime, ...answered];

  it('holds its clock of resolution, and keeps what is left', () =>
    given(...open)
      .when(at(day('15:00'), pause()))
      .then(paused(), { type: 'SlaClockPaused', data: { clock: 'resolution', remainingMs: 27 * HOUR } }));
  it('holds no clock that waits for a first word', () =>
    given(...at10)
      .when(at(day('10:10'), pause('waiting_partner')))
      .then(paused('waiting_partner'), {
        type: 'SlaClockPaused',
        data: { clock: 'resolution', remainingMs: 31 * HOUR - HOUR / 6 },
      }));
  it('for somebody else then goes on waiting', () =>
    given(...open, ...held)
      .when(at(day('16:00'), pause('waiting_partner')))
      .then(paused('waiting_partner')));
  it('R-42 goes on with what was left', () =>
    given(...open, ...held)
      .when(at(day('15:00', '2026-03-11'), resume))
      .then(resumed, {
        type: 'SlaClockResumed',
        data: {
          clock: 'resolution',
          dueAt: day('18:00', '2026-03-16'),
          warnAt: [{ threshold: 75, at: day('09:15', '2026-03-16') }],
        },
      }));
  it('is neither warned of nor breached', () =>
    given(...open, ...held)
      .when(at(day('18:00', '2026-05-01'), check))
      .thenNothing());
  it('R-41 resolved at once took no longer than until the hold', () =>
    given(...open, ...held)
      .when(at(day('15:00', '2026-03-20'), resolve))
      .then(resolved, stopped('resolution', 'resolved', 4 * HOUR, true)));
  it('only waits while it is open', () => {
    given(...open, resolved)
      .when(pause())
      .thenRejected('complaint-not-open');
    given(...open, resolved)
      .when(resume)
      .thenRejected('complaint-not-open');
    given(...open)
      .when(at(day('15:00'), resume))
      .thenNothing();
  });

  it('R-43 of another severity is counted from the start, minus what it was held', () => {
    const later = at(day('15:00', '2026-03-11'), resumed);
    const went = at(day('15:00', '2026-03-11'), {
      type: 'SlaClockResumed',
      data: {
        clock: 'resolution',
        dueAt: day('18:00', '2026-03-16'),
        warnAt: [{ threshold: 75, at: day('09:15', '2026-03-16') }],
      },
    } as ComplaintEvent);
    given(...open, ...held, later, went)
      .when(at(day('16:00', '2026-03-11'), classify({ severity: 'sev3' })))
      .then(classified({ severity: 'sev3' }), {
        type: 'SlaTargetChanged',
        data: {
          ...{ clock: 'resolution', cause: 'priority', target: { calendar: 'office', workingDays: 7 } },
          ...{ wasDueAt: day('18:00', '2026-03-16'), startedAt: day('10:00') },
          // The 18th, and the two working days that it was held.
          dueAt: day('18:00', '2026-03-20'),
          warnAt: [{ threshold: 90, at: day('10:42', '2026-03-20') }],
        },
      });
  });
});

describe('a complaint of another severity', () => {
  it('R-43 that leaves no time is late at once', () => {
    const told = complaint.decide(
      at(day('12:00', '2026-03-10'), classify({ severity: 'sev1' })),
      [...at10, ...inTime, ...answered].reduce(complaint.evolve, complaint.initial),
      policies,
    );
    expect(told).toMatchObject([
      classified({ severity: 'sev1' }),
      {
        type: 'SlaTargetChanged',
        data: {
          clock: 'resolution',
          cause: 'priority',
          wasDueAt: day('18:00', '2026-03-12'),
          dueAt: day('10:00', '2026-03-10'),
        },
      },
      breached('resolution', day('10:00', '2026-03-10'), 2 * HOUR),
      escalated(3, 'resolution'),
    ]);
  });
  it('keeps its clocks where only what it is about changes', () =>
    given(...at10)
      .when(at(day('10:10'), classify()))
      .then(classified()));
});

describe('a complaint that a law is about', () => {
  const regulatory = ['cn_civil_aviation'];
  const lawful = started({
    ...{ clock: 'cn_civil_aviation.complaint', endsWith: 'resolution', isStatutory: true },
    ...{ target: { calendar: 'cn', workingDays: 10 }, dueAt: day('10:00', '2026-03-23'), pauses: false },
    warnAt: [
      { threshold: 75, at: day('06:00', '2026-03-19') },
      { threshold: 90, at: day('10:00', '2026-03-20') },
    ],
  });

  it('has its clock beside ours, from receipt', () =>
    given(...at10)
      .when(at(day('10:20'), classify({ regulatory })))
      .then(classified({ regulatory }), lawful));
  it('has it no more when it falls under that law no more', () => {
    const told = complaint.decide(
      at(day('10:20'), classify({ regulatory: [] })),
      [...at10, at(day('10:00'), classified({ regulatory })), at(day('10:00'), lawful)].reduce(
        complaint.evolve,
        complaint.initial,
      ),
      policies,
    );
    expect(told).toMatchObject([{}, { type: 'SlaClockStopped', data: { cause: 'reclassified' } }]);
  });
  it('is not held by a hold of ours', () => {
    const told = complaint.decide(
      at(day('10:10'), pause()),
      [...at10, at(day('10:00'), classified({ regulatory })), at(day('10:00'), lawful)].reduce(
        complaint.evolve,
        complaint.initial,
      ),
      policies,
    );
    expect(told).toMatchObject([paused(), { type: 'SlaClockPaused', data: { clock: 'resolution' } }]);
    expect(told).toHaveLength(2);
  });
});

describe('a calendar that changes', () => {
  /** The Wednesday is a holiday now. */
  const list = published['holidays.gb-eaw'] as { ref: string; body: { daysOff: readonly string[] } };
  const daysOff = [...list.body.daysOff, '2026-03-11'].sort();
  const now = { ...policies, 'holidays.gb-eaw': { ref: 'holidays.gb-eaw@2', body: { ...list.body, daysOff } } };
  const { given } = specification(complaint, now as never);
  const moved: ComplaintEvent = {
    type: 'SlaTargetChanged',
    data: {
      ...{ clock: 'resolution', cause: 'calendar', target: { calendar: 'office', workingDays: 3 } },
      ...{ wasDueAt: day('18:00', '2026-03-12'), startedAt: day('10:00'), dueAt: day('18:00', '2026-03-13') },
      warnAt: [{ threshold: 75, at: day('09:15', '2026-03-13') }],
    },
  };
  const open = [...at10, ...inTime, ...answered];

  it('R-45 moves open clocks, and leaves a trace', () =>
    given(...open)
      .when(at(day('15:00'), recompute))
      .then(moved));
  it('R-45 leaves those that have stopped as they were', () =>
    given(...open, at(day('15:00'), resolved), at(day('15:00'), stopped('resolution', 'resolved', 4 * HOUR, true)))
      .when(at(day('16:00'), recompute))
      .thenNothing());
  it('R-45 moves nothing where nothing differs', () =>
    specification(complaint, policies)
      .given(...open)
      .when(at(day('15:00'), recompute))
      .thenNothing());
  it('R-45 gives a clock that is held as much more time', () => {
    const held = [
      paused(),
      { type: 'SlaClockPaused', data: { clock: 'resolution', remainingMs: 27 * HOUR } } as ComplaintEvent,
    ];
    const told = complaint.decide(
      at(day('16:00'), recompute),
      [...open, ...held.map((event) => at(day('15:00'), event))].reduce(complaint.evolve, complaint.initial),
      now as never,
    );
    expect(told).toMatchObject([{ data: { dueAt: day('18:00', '2026-03-13'), remainingMs: 27 * HOUR } }]);
  });
});

describe('a complaint of a customer who is promised more', () => {
  /** Acme is promised an answer in 90 minutes of any hour, and the rest later than anybody. */
  const later = { calendar: 'always', workingDays: 300 };
  const promised = {
    acknowledgement: later,
    firstResponse: { calendar: 'always', minutes: 90 },
    resolution: later,
    warnAt: [50],
  };
  const acme = {
    ...{ sev1: promised, sev2: promised, sev3: promised, sev4: promised },
    ...{ unclassified: 'sev4', statutory: [] },
  };
  const known = {
    ...policies,
    'sla.tier.vip': published['sla.tier.vip'],
    'sla.contract.acme': { ref: 'sla.contract.acme@1', body: acme },
  } as unknown as Policies<SlaPolicies>;
  const { given } = specification(complaint, known);
  const told = (history: readonly Stamped<ComplaintEvent>[], command: Stamped<ComplaintCommand>, by = known) =>
    complaint.decide(command, history.reduce(complaint.evolve, complaint.initial), by);
  const filedBy = (data: object) =>
    at(day('10:00'), { type: 'FileComplaint', data: { complainant, ...data } } as never);
  const dueOf = (data: object) =>
    (told([], filedBy(data)) as readonly ComplaintEvent[]).slice(1).map((event) => Reflect.get(event.data, 'dueAt'));
  const forever = { target: later, warnAt: [50] };

  it.each([
    ['sev1', ['10:15', '11:00', '10:00']],
    ['sev2', ['11:00', '15:00', '18:00']],
    ['sev3', ['11:00', '15:00', '18:00']],
    ['sev4', ['11:00', '15:00', '18:00']],
  ])('CMP-2 of %s has at least what severity 2 has where it is a VIP', (severity, times) => {
    const dates = ['2026-03-09', '2026-03-09', severity === 'sev1' ? '2026-03-10' : '2026-03-12'];
    expect(dueOf({ severity, tierAtFiling: 'vip' })).toEqual(times.map((time, n) => day(time, dates[n])));
  });
  it('CMP-2 of a tier to which nobody promised more has what its severity has', () =>
    expect(dueOf({ severity: 'sev3', tierAtFiling: 'regular' })).toEqual(dueOf({ severity: 'sev3' })));
  it('CMP-2 of a contract has of each clock what is due first, and keeps the other', () => {
    const data = { complainant, severity: 'sev2' as const, contracts: ['acme'] };
    given()
      .when(at(day('10:00'), { type: 'FileComplaint', data }))
      .then(
        { type: 'ComplaintFiled', data },
        ...[acknowledgement, firstResponse, resolution].map((event) =>
          event === firstResponse
            ? started({
                ...{ clock: 'first_response', target: { calendar: 'always', minutes: 90 }, dueAt: day('11:30') },
                warnAt: [{ threshold: 50, at: day('10:45') }],
                others: [{ target: office(240), warnAt: [75] }],
              })
            : ({ ...event, data: { ...event.data, others: [forever] } } as ComplaintEvent),
        ),
      );
  });
  it('compares instants, not numbers: 90 minutes of any hour are over before 60 of the office begin', () => {
    const body = { ...acme, sev2: { ...promised, acknowledgement: { calendar: 'always', minutes: 90 } } };
    const by = { ...known, 'sla.contract.acme': { ref: 'sla.contract.acme@2', body } } as typeof known;
    const data = { complainant, severity: 'sev2' as const, contracts: ['acme'] };
    const dueAt = (time: string) => {
      const [, first] = told([], at(day(time), { type: 'FileComplaint', data }), by) as readonly ComplaintEvent[];
      return Reflect.get(Object(first?.data), 'dueAt');
    };
    expect([dueAt('20:00'), dueAt('10:00')]).toEqual([day('21:30'), day('11:00')]);
  });
  it('of a contract that nobody published is refused', () => {
    given()
      .when(filedBy({ contracts: ['acne'] }))
      .thenRejected('contract-unknown');
    given(...at10)
      .when(classify({ contracts: ['acne'] }))
      .thenRejected('contract-unknown');
  });
  it('leans on the promises of its tier and its contracts', () => {
    const data = { complainant, tierAtFiling: 'vip', contracts: ['acme'] };
    const filing = stamped<ComplaintCommand>({ type: 'FileComplaint', data });
    const needed = complaint.needs?.(filing, { status: 'none' }, someCompany, {});
    expect(Object.values(needed ?? {})).toEqual(['sla.default', 'sla.tier.vip', 'sla.contract.acme']);
  });
  it('that turns out to be one is counted afresh from the start; what is due as before is told too', () =>
    given(...at10)
      .when(at(day('10:20'), classify({ contracts: ['acme'] })))
      .then(
        classified({ contracts: ['acme'] }),
        ...(['acknowledgement', 'first_response', 'resolution'] as const).map((clock, n) => {
          const { target, startedAt, dueAt, warnAt } = (clocks[n] as ComplaintEvent).data as Of<'SlaClockStarted'>;
          const same = { target, startedAt, dueAt, warnAt, others: [forever] };
          const sooner = {
            ...{ target: { calendar: 'always', minutes: 90 }, startedAt: day('10:00'), dueAt: day('11:30') },
            ...{ warnAt: [{ threshold: 50, at: day('10:45') }], others: [{ target: office(240), warnAt: [75] }] },
          };
          const change = clock === 'first_response' ? sooner : same;
          return {
            type: 'SlaTargetChanged',
            data: { clock, cause: 'priority', wasDueAt: dueAt, ...change },
          } as ComplaintEvent;
        }),
      ));
  it('that turns out to be none is counted as its severity alone', () => {
    const history = [
      at(day('10:00'), { ...filed, data: { ...filed.data, contracts: ['acme'] } } as ComplaintEvent),
      at(
        day('10:00'),
        started({
          ...{ clock: 'first_response', target: { calendar: 'always', minutes: 90 }, dueAt: day('11:30'), warnAt: [] },
          others: [{ target: office(240), warnAt: [75] }],
        }),
      ),
    ];
    const answer = told(history, at(day('10:20'), classify({ contracts: [] }))) as readonly ComplaintEvent[];
    expect(answer).toMatchObject([{}, { data: { wasDueAt: day('11:30'), dueAt: day('15:00'), target: office(240) } }]);
    expect(answer[1]?.data).not.toHaveProperty('others');
  });
  it('has what comes first after a hold too: a night costs a promise of any hour more than one of the office', () => {
    const [night, office2] = [
      { target: { calendar: 'always', minutes: 20 * 60 }, warnAt: [] },
      { target: office(9 * 60), warnAt: [75] },
    ];
    const begun = [
      at(day('10:00'), filed),
      at(
        day('10:00'),
        started({
          clock: 'resolution',
          target: night.target,
          dueAt: day('06:00', '2026-03-10'),
          warnAt: [],
          others: [office2],
        }),
      ),
      at(day('18:00'), paused()),
      at(day('18:00'), {
        type: 'SlaClockPaused',
        data: { clock: 'resolution', remainingMs: 12 * HOUR },
      } as ComplaintEvent),
    ];
    given(...begun)
      .when(at(day('09:00', '2026-03-10'), resume))
      .then(
        resumed,
        { type: 'SlaClockResumed', data: { clock: 'resolution', dueAt: day('21:00', '2026-03-10'), warnAt: [] } },
        {
          type: 'SlaTargetChanged',
          data: {
            ...{ clock: 'resolution', cause: 'hold', wasDueAt: day('21:00', '2026-03-10'), target: office(9 * 60) },
            ...{ startedAt: day('10:00'), dueAt: day('11:00', '2026-03-10') },
            ...{ warnAt: [{ threshold: 75, at: day('17:45') }], others: [night] },
          },
        },
        warned('resolution', 75, day('11:00', '2026-03-10')),
        escalated(1, 'resolution', 75),
      );
  });
  it('that is opened again is to be resolved as its contract says', () => {
    const soon = { ...promised, resolution: { calendar: 'always', minutes: 60 } };
    const body = { ...acme, sev2: soon };
    const by = { ...known, 'sla.contract.acme': { ref: 'sla.contract.acme@2', body } } as typeof known;
    const history = [filed, classified({ contracts: ['acme'] }), resolved].map((event) => at(day('10:00'), event));
    const reopen: ComplaintCommand = { type: 'ReopenComplaint', data: { reason: 'not_paid' } };
    expect(told(history, at(day('12:00'), reopen), by)).toMatchObject([{}, { data: { dueAt: day('13:00') } }]);
  });
});

describe('a complaint whose time runs out', () => {
  /** All there is to say until then, each at its own time, as the deadline of the view has it said. */
  const story = (severity: 'sev1' | 'sev2' | 'sev3' | 'sev4') => {
    const told: [at: string, level: number, clock: string, threshold: number | undefined][] = [];
    let state = complaint.initial;
    const said = (command: Stamped<ComplaintCommand>) => {
      for (const event of complaint.decide(command, state, policies) as readonly ComplaintEvent[]) {
        state = complaint.evolve(state, { ...event, meta: command.meta });
        if (event.type !== 'ComplaintEscalated') continue;
        const { level, clock = '', threshold } = event.data;
        told.push([command.meta.occurredAt, level, clock, threshold]);
      }
    };
    said(at(day('10:00'), { type: 'FileComplaint', data: { complainant, severity } }));
    said(at(day('10:00'), respond));
    for (let due = nextOf(state); due !== null; due = nextOf(state)) said(at(due, check));
    return told;
  };
  const nextOf = (state: ReturnType<typeof complaint.evolve>) =>
    state.status === 'none' ? null : nextMomentOf(state.clocks);

  it.each([
    ['sev1', [50, 75, undefined], ['2026-03-09T22:00', '2026-03-10T04:00', '2026-03-10T10:00']],
    ['sev2', [75, undefined], ['2026-03-12T09:15', '2026-03-12T18:00']],
    ['sev3', [90, undefined], ['2026-03-18T10:42', '2026-03-18T18:00']],
    ['sev4', [undefined], ['2026-03-30T17:00']],
  ] as const)('CMP-3 of %s goes up one level at each threshold and at its end, once', (severity, thresholds, moments) =>
    expect(story(severity)).toEqual(
      moments.map((moment, n) => [`${moment}:00.000Z`, n + 1, 'resolution', thresholds[n]]),
    ),
  );
  it('CMP-3 stays where it is when another clock comes no further', () =>
    given(
      ...at10,
      at(day('11:00'), breached('acknowledgement', day('11:00'))),
      at(day('11:00'), escalated(2, 'acknowledgement')),
    )
      .when(at(day('14:00'), check))
      .then(warned('first_response', 75, day('15:00'))));
  it('CMP-3 goes up for the clock that has come furthest', () =>
    given(
      ...at10,
      at(day('10:45'), warned('acknowledgement', 75, day('11:00'))),
      at(day('10:45'), escalated(1, 'acknowledgement', 75)),
    )
      .when(at(day('11:00'), check))
      .then(breached('acknowledgement', day('11:00')), escalated(2, 'acknowledgement')));
  it('CMP-3 goes up where a person says so, beside what is noticed then', () =>
    given(...at10)
      .when(at(day('11:30'), { type: 'EscalateComplaint', data: { reason: 'regulator' } }))
      .then(breached('acknowledgement', day('11:00'), HOUR / 2), escalated(2, 'acknowledgement'), {
        type: 'ComplaintEscalated',
        data: { level: 3, reason: 'regulator' },
      }));
});

describe('a complaint that is opened again', () => {
  it('is to be resolved anew, from then', () =>
    given(
      ...at10,
      ...inTime,
      ...answered,
      at(day('16:00'), resolved),
      at(day('16:00'), stopped('resolution', 'resolved', 5 * HOUR, true)),
    )
      .when(at(day('10:00', '2026-03-16'), { type: 'ReopenComplaint', data: { reason: 'not_paid' } }))
      .then(
        { type: 'ComplaintReopened', data: { reason: 'not_paid' } },
        started({
          ...{ clock: 'resolution', target: { calendar: 'office', workingDays: 3 } },
          ...{
            since: day('10:00', '2026-03-16'),
            startedAt: day('10:00', '2026-03-16'),
            dueAt: day('18:00', '2026-03-19'),
          },
          warnAt: [{ threshold: 75, at: day('09:15', '2026-03-19') }],
        }),
      ));
});

describe('the story of the clocks', () => {
  it('is told in English', () => {
    tells(responded, 'We answered the complaint');
    tells(paused(), 'The complaint waits for an answer of the customer');
    tells(paused('waiting_partner'), 'The complaint waits for a partner');
    tells(resumed, 'The complaint is being worked on again');
    tells(breached('resolution', day('18:00')), 'We did not resolve the complaint in time');
    tells(breached('us_dot.response', day('18:00')), 'A time set by law has passed (us_dot.response)');
    tells(acknowledgement, 'The time for acknowledgement began to run');
    tells(warned('resolution', 75, day('18:00')), '75 % of the time for resolution have passed');
    tells(stopped('resolution', 'resolved', HOUR, true), 'resolution came in time');
    tells(stopped('resolution', 'resolved', HOUR, false), 'resolution came late');
    tells(stopped('resolution', 'withdrawn', HOUR), 'The time for resolution ended');
  });
});
