import { Decide, DecideHandler, freeForAll, misfits } from '#application';
import {
  defaultParameters,
  historyOf,
  localDayOf,
  type RelationshipState,
  relationshipFacts,
  remember,
  slices,
  standingOn,
  touchpointOf,
} from '#domain';
import { type AnySlice, type Class, dayNumber, type Recorded } from '#kernel';
import { phraseOf, type View, views } from '#read-models';
import { policiesBefore } from '#system';
import { someFingerprints } from '#testing';
import { leads } from '../../apps/cli/src/demo/cast.js';
import { INVENTED, ZONE } from '../../apps/cli/src/demo/scene.js';
import { storyOf } from '../../apps/cli/src/demo/story.js';
import { tellStory } from '../../apps/cli/src/demo/tell-story.js';
import { retailLog, StreamedInMemory } from '../import/desk.js';

const log = { ...retailLog, company: { zone: ZONE, currency: 'GBP', vertical: 'car-rental-leisure' } };
const policies = policiesBefore(log.company);

const story = storyOf(log.secret);
const scenes = story.lives.flatMap((life) => life.scenes);
const store = new StreamedInMemory();
const handler = new DecideHandler(store, policies, log, freeForAll, someFingerprints);
const decide = (wish: ConstructorParameters<typeof Decide>[0]) => handler.execute(new Decide(wish));

const lifeOf = (name: string) => story.lives.find((life) => life.name === name) ?? story.heroine;
const standing = (customerId: string, day: string) => {
  const facts = store.log.filter(
    (fact) =>
      (relationshipFacts as readonly string[]).includes(fact.type) &&
      fact.customers.some(({ id }) => id === customerId),
  );
  const state = facts.reduce<RelationshipState | null>(
    (known, fact) => remember(known, fact as never, customerId, ZONE),
    null,
  );
  return standingOn(historyOf(state as RelationshipState, defaultParameters), dayNumber(day));
};

type Account = Readonly<{ accountId: string; nextDueAt: string | null }>;
const { projection: points } = views.find((view) => view.projection.name === 'points') as View;
const factsIn = async (stream: string): Promise<readonly Recorded[]> => {
  const facts: Recorded[] = [];
  for await (const fact of store.read(stream)) facts.push(fact);
  return facts;
};

beforeAll(() => tellStory(story, { log, decide }));

describe('the invented story', () => {
  it('is about some two hundred people and two companies', () => {
    expect(story.lives).toHaveLength(201);
    expect(new Set(story.lives.map(({ name }) => name)).size).toBe(201);
    expect(story.lives.filter(({ name }) => /\p{Script=Han}/u.test(name)).length).toBeGreaterThan(60);
  });

  it('says only what fits', () => {
    for (const { slice, commands } of scenes) {
      for (const { type, data } of commands)
        expect([type, misfits(data, [slice.commands[type] as Class])]).toEqual([type, []]);
    }
  });

  it('happens within its year, and says everywhere that it is invented', () => {
    const over = new Set(scenes.flatMap(({ isOver, key }) => (isOver ? [key] : [])));
    for (const { meta } of store.log) {
      const day = localDayOf(meta.occurredAt, ZONE);
      expect(day >= '2010-12-01' && day <= '2011-12-09').toBe(true);
      expect(meta.source?.system).toBe(INVENTED);
      expect(meta.backfill === true).toBe(over.has(meta.source?.id as string));
    }
    const registered = store.log.filter(({ type }) => type.endsWith('Registered'));
    expect(registered.every(({ data }) => Reflect.get(data, 'acquisition').campaign === INVENTED)).toBe(true);
  });

  it('has everything in it that a company lives through', () => {
    const types = new Map<string, number>();
    for (const { type } of store.log) types.set(type, (types.get(type) ?? 0) + 1);
    const wanted = [
      'NoShowRecorded',
      'BookingCancelled',
      'ComplaintFiled',
      'ComplaintClosed',
      'CallbackMissed',
      'CallbackCompleted',
      'PointsEarned',
      'OpeningBalanceBrought',
      'RedemptionCommitted',
      'EarningReversed',
      'RefundIssued',
      'SpecialNeedRecorded',
      'PreferenceDeclared',
      'OrgContactLinked',
      'OrganizationRegistered',
    ];
    expect(wanted.filter((type) => !types.has(type))).toEqual([]);
    const open = (opening: string, ends: readonly string[]) => {
      const ended = new Set(store.log.filter(({ type }) => ends.includes(type)).map(({ stream }) => stream));
      return store.log.filter(({ type, stream }: Recorded) => type === opening && !ended.has(stream)).length;
    };
    expect(open('CallbackRequested', ['CallbackMissed', 'CallbackCompleted'])).toBeGreaterThan(5);
    expect(open('ComplaintFiled', ['ComplaintResolved'])).toBeGreaterThan(2);
    expect(open('BookingPlaced', ['ServiceCompleted', 'BookingCancelled', 'NoShowRecorded'])).toBeGreaterThan(5);
  });

  it('records nothing when it is told again', async () => {
    const before = store.log.length;
    await tellStory(storyOf(log.secret), { log, decide });
    expect(store.log.length).toBe(before);
  });

  it('has somebody become at risk within thirty days', () => {
    expect(story.heroine.name).toBe(leads.eleanor.name);
    expect(standing(story.heroine.id, '2011-12-10').stage).toBe('active');
    expect(standing(story.heroine.id, '2012-01-09')).toMatchObject({
      stage: 'at_risk',
      rule: 'overdue',
      since: '2011-12-24',
    });
  });

  it('has points of an old card end with the year, each with its reason', async () => {
    const accounts = new Set(
      store.log.filter(({ type }) => type === 'OpeningBalanceBrought').map(({ stream }) => stream),
    );
    const said: string[] = [];
    for (const stream of accounts) {
      const facts = await factsIn(stream);
      const row = facts.reduce<Account | null>((before, fact) => points.fold(before, fact, '', {}), null);
      const promise = row?.nextDueAt && points.deadline?.says(row);
      if (!row || !promise) continue;
      const meta = { ...(facts[0] as Recorded).meta, occurredAt: row.nextDueAt as string, commandId: row.accountId };
      const slice = slices.find(({ category }) => category === promise.category) as AnySlice;
      await decide({ slice, id: row.accountId, commands: [promise.command], meta });
      const [last] = (await factsIn(stream)).slice(facts.length);
      const meaning = last && touchpointOf(last);
      said.push(`${row.nextDueAt} ${phraseOf(`loyaltyAccount.${meaning?.summary}`, meaning?.params ?? null, 'en')}`);
    }
    expect(said).toContain(
      '2012-01-01T00:00:00.000Z Points expired unused: 150, carried over from before and good until 2011-12-31',
    );
    expect(said.length).toBeGreaterThan(10);
    expect(said.every((text) => /^2012-01-01T00:00:00.000Z Points expired unused: \d+, carried over/.test(text))).toBe(
      true,
    );
  });

  it('has somebody at risk for good reasons already', () => {
    expect(standing(lifeOf(leads.yulan.name).id, '2011-12-10').stage).toBe('at_risk');
    const stages = new Set(story.lives.map(({ id }) => standing(id, '2011-12-10').stage));
    expect([...stages].sort()).toEqual(
      ['active', 'at_risk', 'developing', 'dormant', 'expired_lead', 'first_time', 'loyal', 'registered'].sort(),
    );
  });
});
