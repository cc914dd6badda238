import type { FieldClass } from '#kernel';

/** The class of a field of that name, wherever it stands; with the event before it (`Event.field`), there alone. */
const named: Readonly<Record<FieldClass, string>> = {
  operational: `agent attemptId basis body booker bookingId by callAgain category cause clock complainant confidence contracts
    contactPointId corrects currency date documentType dueAt dueBy durationSeconds effectiveFrom elapsedMs endsWith guests id
    identifierId incidentAt industry isStatutory key kind late level lineIds locale logId medium member met method n namespace
    onBehalfOf orderNumber others outcome overdueMs parentOrgId partner pauses payer personId programme purpose reason regulatory
    relatedTo remainingMs requester residencyRegion result roles schema scope serviceWindow severity since size
    sourceEventIds startedAt target team termsVersion theyCalled threshold tierAtFiling topic travellers validFrom validUntil version
    vertical voluntary warnAt wasDueAt windows zone CallbackMissed.expiresAt`,
  commercial: `acquisition activatesAt allocations amount campaign debtCreated earnedOn ending expiresAt fromLotRemaining inBase lastDay
    lineId lines lotId paymentId points redemptionId refund refundId remedy reservedUntil restored rewardRef rule
    source spend total OpeningBalanceBrought.currency PaymentCaptured.method`,
  behaviour: `band contributions evidence inputs overlay policyVersion previous score LifecycleStageChanged.from
    LifecycleStageChanged.rule LifecycleStageChanged.since LifecycleStageChanged.to`,
  identity: 'birthDate creditCode gender legalName memberNumber name occupation IdentifierLinked.value',
  contact: 'ContactPointAdded.value LoginIdentifierSet.value',
  document: 'expiresOn issuedOn issuer licenceClass number',
  health: 'SpecialNeedRecorded.code SpecialNeedRecorded.note SpecialNeedRecorded.validUntil SpecialNeedCleared.code',
  preference: 'PreferenceDeclared.value PreferenceObserved.value',
  free_text: 'desiredOutcome explanation note text',
  audit: `fields subject through PersonalDataViewed.purpose SourceConflictRecorded.commandId SourceConflictRecorded.stream`,
};

const byName = new Map(
  Object.entries(named).flatMap(([fieldClass, names]) =>
    names.split(/\s+/).flatMap((name) => (name ? [[name, fieldClass as FieldClass] as const] : [])),
  ),
);

/** Every name that has a class. */
export const classedNames = (): readonly string[] => [...byName.keys()];

/** Which class a field of an event is of. What lies inside a field is of its class. */
export const classOf = (event: string, field: string): FieldClass | undefined =>
  byName.get(`${event}.${field}`) ?? byName.get(field);
