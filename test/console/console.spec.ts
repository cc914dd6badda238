import type { Browser, BrowserContext, Page } from 'playwright-core';
import { localAdministrator, rolesOf } from '#access';
import { exponentOf } from '#domain';
import { startBrowser } from '../support/browser.js';
import { type RunningSystem, startRunningSystem } from '../support/running-system.js';
import { CuttableLine } from './cuttable-line.js';
import { book, CANARY, mischief, said, silentRenter, standingDay } from './story.js';

let system: RunningSystem;
let browser: Browser;
let renter: string;
let context: BrowserContext;
let page: Page;
/** A session of the local administrator. */
let session: { name: string; value: string; domain: string; path: string };
/** What the browser complained about: errors of the script, breaches of the door's policy. */
let complaints: string[];

beforeAll(async () => {
  [system, browser] = await Promise.all([
    startRunningSystem({ clock: standingDay, zone: 'Asia/Shanghai', currency: 'CNY' }),
    startBrowser(),
  ]);
  renter = await silentRenter(system);
  await system.engine.settled();
  const entered = await system.api.post('/v1/sign-in', { ticket: await ticket() });
  const [, name = '', value = ''] = /^([^=]+)=([^;]+)/.exec(entered.headers.get('set-cookie') ?? '') ?? [];
  session = { name, value, domain: '127.0.0.1', path: '/' };
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});
afterEach(() => context.close());

const ticket = () => {
  const { access } = system.session;
  return access.ticketFor(localAdministrator(rolesOf(access.policy)));
};

const enter = async (locale: string, place = '', { width = 1280, url = system.url, isKnown = true } = {}) => {
  context = await browser.newContext({ locale, viewport: { width, height: 900 } });
  if (isKnown) await context.addCookies([session]);
  context.setDefaultTimeout(5000);
  page = await context.newPage();
  complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // The browser tells of every answer that is a no.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  await page.goto(`${url}/${place}`);
};
const card = (name: string) => page.locator(`[data-card="${name}"]`);
const textOf = async (name: string) => (await card(name).innerText()).replace(/\s+/g, ' ');
const seek = async (text: string) => {
  await page.locator('#sought').fill(text);
  await page.keyboard.press('Enter');
};
const timelineOf = () => card('timeline').locator('.entry .what').allInnerTexts();
const isLive = () =>
  card('timeline')
    .locator('[data-live]', { hasText: /Live|实时更新/ })
    .waitFor();

test('begins with who is at risk, in the language of the browser, with reasons', async () => {
  await enter('zh-CN');
  const first = card('at-risk').locator('[data-customer]').first();
  await first.waitFor();
  const told = await textOf('at-risk');

  expect(told).toContain('有流失风险的客户 王小明');
  expect(told).toMatch(/已 374 天无服务，预期间隔为 136.5 天 · 未结投诉：1 件/);
  expect(await first.getAttribute('href')).toBe(`#/customers/${renter}`);
  expect(complaints).toEqual([]);
});

test.each([
  ['phone number', '+86 139 1234 5678'],
  ['e-mail address', 'XiaoMing@example.com'],
  ['name', '王小明'],
  ['member number', 'm-77'],
  ['order number', 'R-2025-03-01'],
])('finds a customer by %s', async (_, text) => {
  await enter('zh-CN');
  await seek(text);
  await card('who').getByRole('heading', { name: '王小明' }).waitFor();

  expect(page.url()).toBe(`${system.url}/#/customers/${renter}`);
});

test('finds a customer by id, and says when nobody is found', async () => {
  await enter('en-GB');
  await seek(renter);
  await card('who').waitFor();
  await seek('nobody at all');
  await card('found').waitFor();

  expect(await textOf('found')).toContain('No customer found for “nobody at all”.');
});

test('tells a customer’s story in Chinese, and in English when asked to', async () => {
  await enter('zh-CN', `#/customers/${renter}`);
  await isLive();
  const chinese = await Promise.all(['who', 'stage', 'open', 'points'].map(textOf));
  expect(chinese[0]).toContain('王小明 个人客户 登记于 2024年5月1日');
  expect(chinese[0]).toContain('电话 +8613912345678 · 个人 · 未核实');
  expect(chinese[0]).toContain('child-seat · 两个孩子');
  expect(chinese[0]).toContain('vehicle: SUV · 客户告知');
  expect(chinese[1]).toMatch(/有流失风险 自 .+ 起 自 2025-03-01 起无服务/);
  expect(chinese[2]).toContain('投诉 (1) 已提交 · 二级 · billing');
  expect(chinese[2]).toContain('请在 2026年3月10日 14:00 至 2026年3月11日 16:00 之间回电');
  expect(chinese[3]).toContain('余额 1,288');
  expect(chinese[3]).toContain('2028年3月10日 1,288');
  expect(await timelineOf()).toContain('服务已完成，金额 1288.00 CNY');

  await page.getByRole('button', { name: 'English' }).click();
  await card('stage').getByText('Lifecycle stage').waitFor();
  await isLive();
  expect(await textOf('stage')).toMatch(/at risk since .+ No service since 2025-03-01/);
  expect(await timelineOf()).toContain('Received the service, worth 1288.00 CNY');
  await page.reload();
  await card('stage').getByText('Lifecycle stage').waitFor();
  expect(complaints).toEqual([]);
});

test('shows by which contributions a score comes about, and they add up to it', async () => {
  await enter('en-GB', `#/customers/${renter}`);
  await card('risk').waitFor();
  const { body } = await system.api.get(`/v1/customers/${renter}/churn?lang=en`);
  const rows = card('risk').locator('[data-points]');
  const points = await rows.evaluateAll((found) => found.map((row) => Number(row.getAttribute('data-points'))));

  expect(points.length).toBeGreaterThanOrEqual(2);
  expect(points.reduce((sum, one) => sum + one, 0)).toBe(body.score);
  expect(await card('risk').locator('[data-sum]').innerText()).toBe(String(body.score));
  for (const reason of body.reasons) await rows.filter({ hasText: reason }).waitFor();
});

test('shows the evidence of a stage on the timeline', async () => {
  await enter('en-GB', `#/customers/${renter}`);
  await card('stage')
    .getByRole('button', { name: /Show the evidence/ })
    .click();
  await card('timeline').locator('.entry.shown').waitFor();

  expect(await page.locator('.entry.shown').innerText()).toContain('Received the service');
});

test('a booking appears by itself, and what follows from it', async () => {
  const id = await said(system, 'customers', { name: '李雷' });
  await enter('zh-CN', `#/customers/${id}`);
  await isLive();
  expect(await timelineOf()).toEqual(['登记为个人客户']);
  expect(await textOf('open')).toContain('没有未结事项。');

  await book(system, id, 'LIVE-1');
  await card('timeline').locator('[data-type="BookingPlaced"]').waitFor();
  await card('open').getByText('订单号 LIVE-1').waitFor();
  expect(await timelineOf()).toEqual(['下单，金额 1288.00 CNY', '登记为个人客户']);
  expect(await textOf('open')).toContain('已下单 · ¥1,288.00');
  expect(await textOf('timeline')).toContain('下单人 · 出行人 · 付款人');
});

test('a long story comes in parts, by when things happened', async () => {
  const id = await said(system, 'customers', { name: 'Han Meimei', occurredAt: '2025-12-31T00:00:00.000Z' });
  const wish = (minute: number) => {
    const occurredAt = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
    return said(system, `customers/${id}/declare-preference`, { key: `wish-${minute}`, value: 'yes', occurredAt });
  };
  await Promise.all(Array.from({ length: 55 }, (_, index) => wish(10 + index)));
  await system.engine.settled();
  await enter('en-GB', `#/customers/${id}`);
  await isLive();
  expect(await timelineOf()).toHaveLength(50);

  await book(system, id, 'EARLIER', '2026-01-01T01:03:30.000Z');
  await card('timeline').locator('[data-type="BookingPlaced"]').waitFor();
  await card('timeline').locator('[data-more]').click();
  await card('timeline').locator('[data-type="IndividualRegistered"]').waitFor();
  const wishes = Array.from({ length: 55 }, (_, index) => `Told us a preference: wish-${64 - index}`);
  expect(await timelineOf()).toEqual([
    wishes[0],
    'Booked for 1288.00 CNY',
    ...wishes.slice(1),
    'Registered as an individual customer',
  ]);
  expect(await textOf('timeline')).toMatch(/1 Jan 2026, 09:03 · recorded /);
});

test('says that there is no such customer', async () => {
  await enter('en-GB', '#/customers/00000000-0000-4000-8000-000000000000');
  await card('unknown').waitFor();
  expect(await textOf('unknown')).toContain('There is no customer with this id.');

  await page.goto(`${system.url}/#/customers/%zz`);
  await page.reload();
  await card('unknown').waitFor();
  await page.getByRole('link', { name: 'To the list' }).click();
  await card('at-risk').waitFor();
});

test('says when nothing answers, and goes on by itself where it was', async () => {
  const id = await said(system, 'customers', { name: '韩梅梅' });
  await system.engine.settled();
  const line = new CuttableLine(system.url);
  await enter('zh-CN', `#/customers/${id}`, { url: await line.mend() });
  await isLive();
  const another = await context.newPage(); // somebody else keeps listening all the while
  await another.goto(`${system.url}/#/customers/${id}`);
  await another.locator('[data-live]', { hasText: '实时更新' }).waitFor();
  await line.cut();
  await page.locator('#notice', { hasText: '正在自动重试' }).waitFor();
  await book(system, id, 'MEANWHILE');
  await line.mend();
  await card('timeline').locator('[data-type="BookingPlaced"]').waitFor();
  await page.locator('#notice').waitFor({ state: 'hidden' });
  expect(await timelineOf()).toEqual(['下单，金额 1288.00 CNY', '登记为个人客户']);

  await line.cut();
  await page.getByRole('link', { name: 'Touchline' }).click();
  await page.locator('#notice', { hasText: '正在自动重试' }).waitFor();
  await line.mend();
  await card('at-risk').waitFor();
  expect(await page.locator('#notice').isVisible()).toBe(false);
  await line.cut();
});

test('calls who has no name by their number', async () => {
  const id = await said(system, 'customers');
  await said(system, `customers/${id}/link-identifier`, { namespace: 'old-system', value: '17850' });
  await said(system, 'complaints', { complainant: id });
  await system.engine.settled();
  await enter('en-GB');
  await card('at-risk').getByText('17850').click();

  await card('who').getByRole('heading', { name: '17850' }).waitFor();
});

test('what customers write is shown, never run', async () => {
  const id = await mischief(system);
  await system.engine.settled();
  await enter('en-GB', `#/customers/${id}`);
  await isLive();

  expect(await card('who').locator('h1').innerText()).toBe(CANARY);
  for (const name of ['who', 'open']) expect(await textOf(name)).toContain(CANARY);
  await seek(CANARY);
  await card('who').waitFor();
  expect(await page.locator('main img, main script').count()).toBe(0);
  expect(await page.evaluate('globalThis.harmed')).toBeUndefined();
  expect(complaints).toEqual([]);
});

test('the door lets no other script run, even if the page were careless', async () => {
  await enter('en-GB');
  await card('at-risk').waitFor();
  const careless = page.evaluate(`document.querySelector('main').innerHTML = ${JSON.stringify(CANARY)}`);

  await expect(careless).rejects.toThrow(/TrustedHTML/);
  expect(await page.evaluate('globalThis.harmed')).toBeUndefined();
  expect(complaints.join()).toMatch(/Content Security Policy|TrustedHTML/);
});

test('can be used by keyboard alone, and read on a narrow screen', async () => {
  await enter('zh-CN', '', { width: 400 });
  await card('at-risk').locator('[data-customer]').first().waitFor();
  const focused = () => page.evaluate('document.activeElement.dataset.customer');
  for (let presses = 0; presses < 10 && !(await focused()); presses += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await isLive();

  expect(page.url()).toContain('#/customers/');
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(400);
});

test('counts minor units of every currency as the house does', async () => {
  await enter('en-GB');
  const currencies = Intl.supportedValuesOf('currency');
  const decimals = await page.evaluate(`${JSON.stringify(currencies)}.map(decimalsOf)`);

  expect(decimals).toEqual(currencies.map(exponentOf));
  expect(await page.evaluate(`moneyText({ amount: -123456, currency: 'GBP' })`)).toBe('-£1,234.56');
});

test.each([
  ['en-GB', 'Sign in', 'run “bin/touchline sign-in”'],
  ['zh-CN', '登录', '执行 “bin/touchline sign-in”'],
])('tells whoever is not signed in how to, in %s', async (locale, title, how) => {
  for (const place of ['', `#/customers/${renter}`]) {
    await enter(locale, place, { isKnown: false });
    await card('sign-in').waitFor();
    expect(await textOf('sign-in')).toContain(title);
    expect(await textOf('sign-in')).toContain(how);
    expect(complaints).toEqual([]);
    await context.close();
  }
});

test('lets in by a one-time link, keeps the ticket nowhere, and lets out again', async () => {
  const link = `#ticket=${await ticket()}`;
  await enter('en-GB', link, { isKnown: false });
  await card('at-risk').locator('[data-customer]').first().waitFor();
  expect(page.url()).toBe(`${system.url}/`);
  const cookies = await context.cookies();
  expect(cookies).toEqual([expect.objectContaining({ name: session.name, httpOnly: true, sameSite: 'Strict' })]);
  expect(await page.evaluate('document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })')).toBe('{}');
  await page.goBack();
  expect(page.url()).not.toContain('ticket');

  await page.goto(`${system.url}/`);
  await seek('王小明');
  await card('who').waitFor();
  await page.locator('[data-sign-out]').click();
  await card('sign-in').waitFor();
  expect(await context.cookies()).toEqual([]);

  await page.goto(`${system.url}/${link}`);
  await page.reload();
  await card('sign-in').waitFor();
  expect(complaints).toEqual([]);
});

test('says so where none of one’s roles may', async () => {
  const { access } = system.session;
  await enter('en-GB', `#ticket=${await access.ticketFor(localAdministrator(['administrator']))}`, { isKnown: false });
  await card('unknown').waitFor();
  expect(await textOf('unknown')).toContain('None of your roles may see this.');
});

test('shows an auditor the whole story, without who it is of and what it is worth', async () => {
  const { access } = system.session;
  await enter('en-GB', `#ticket=${await access.ticketFor(localAdministrator(['auditor']))}`, { isKnown: false });
  await card('unknown').waitFor();
  await page.goto(`${system.url}/#/customers/${renter}`);
  await isLive();
  const told = (await Promise.all(['who', 'stage', 'risk', 'open', 'points'].map(textOf))).join(' ');
  expect(told.match(/\(not for you to read\)/g)?.length).toBeGreaterThan(8);
  expect(told).not.toMatch(/王小明|13912345678|CN¥|NaN|undefined|Invalid/);
  const lines = await timelineOf();
  expect(lines).toContain('booking.completed');
  expect(lines.join()).not.toMatch(/object|CNY/);
  expect(complaints).toEqual([]);
});

// The last: nothing runs behind it.
test('the API ends though somebody listens, and they are told', async () => {
  const stream = await fetch(`${system.url}/v1/customers/${renter}/timeline`, {
    headers: { accept: 'text/event-stream', authorization: system.authorization },
  });
  await system.stop();

  expect(await stream.text()).toContain('from here on');
});
