import type { RunningSystem } from '../support/running-system.js';

const DAY = '2026-03-10';

/** Says a command and gives back the id of what it was said to; a no is an error here. */
export const said = async ({ api }: RunningSystem, path: string, body: object = {}): Promise<string> => {
  const answer = await api.post(`/v1/${path}`, body);
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.id;
};

const rental = (yuan: number) => [{ code: 'rental', kind: 'base', price: { amount: yuan * 100, currency: 'CNY' } }];

export const book = (system: RunningSystem, booker: string, orderNumber: string, occurredAt?: string) =>
  said(system, 'bookings', { booker, orderNumber, lines: rental(1_288), ...(occurredAt && { occurredAt }) });

/** A renter who has not come for a year: with needs, preferences, points, a complaint and a callback still open. */
export const silentRenter = async (system: RunningSystem): Promise<string> => {
  const id = await said(system, 'customers', { name: '王小明', occurredAt: '2024-05-01T02:00:00.000Z' });
  const about = (act: string, body: object) => said(system, `customers/${id}/${act}`, body);
  await about('add-contact-point', { kind: 'phone', value: '+86 139 1234 5678', purpose: 'private' });
  await about('add-contact-point', { kind: 'email', value: 'xiaoming@example.com' });
  await about('record-special-need', { code: 'child-seat', note: '两个孩子' });
  await about('declare-preference', { key: 'vehicle', value: 'SUV' });
  for (const day of ['2024-06-01', '2024-11-20', '2025-03-01']) {
    const booking = await book(system, id, `R-${day}`, `${day}T01:00:00.000Z`);
    await said(system, `bookings/${booking}/complete-service`, { occurredAt: `${day}T09:00:00.000Z` });
  }
  const account = await said(system, 'loyalty-accounts', { member: id, memberNumber: 'M-77' });
  await said(system, `loyalty-accounts/${account}/earn-points`, { lotId: 'first', points: 1_288 });
  await said(system, 'complaints', { complainant: id, severity: 'sev2', category: 'billing', text: '多收了保险费' });
  await said(system, 'callbacks', {
    requester: id,
    topic: 'refund',
    windows: [{ from: `${DAY}T06:00:00.000Z`, to: '2026-03-11T08:00:00.000Z' }],
  });
  return id;
};

export const standingDay = DAY;
export const CANARY = '<img src=x onerror="globalThis.harmed=true"><script>globalThis.harmed=true</script>';

/** Somebody who puts markup wherever a person may write. */
export const mischief = async (system: RunningSystem): Promise<string> => {
  const id = await said(system, 'customers', { name: CANARY });
  await said(system, `customers/${id}/declare-preference`, { key: 'motto', value: CANARY });
  await said(system, `customers/${id}/record-special-need`, { code: 'quiet', note: CANARY });
  await said(system, `customers/${id}/add-contact-point`, { kind: 'address', value: CANARY });
  await said(system, 'complaints', { complainant: id, text: CANARY });
  return id;
};
