import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { dayNumber } from '#kernel';
import { readStatus, waitFor } from '#projections';
import { CustomerOverview } from '#read-models';
import { openCore, openSession, type Session } from '#system';
import { type System, startSystem } from '../supervise.js';
import { DONE, Ended, type Hands } from '../verb.js';
import { whereabouts } from '../verbs/start.js';
import { type Asking, askingOver } from '../views.js';
import { demoMarkIn, FIRST_DAY, holdsOtherData, markDemo } from './demo-data.js';
import { keepHeader, linesToPaste } from './paste.js';
import { recordHistories } from './record.js';
import { report } from './report.js';
import { storyOf } from './story.js';

const VIEWS_WITHIN_MS = 300_000;

/** Starts everything on demo data, records both histories, says what was found, and keeps serving unless it ends after the report. */
export const demo = async (hands: Hands, endsAfterReport: boolean): Promise<number> => {
  const { settings, logger, phrase, interrupted } = hands;
  if (await holdsOtherData(settings.data)) {
    throw new Ended(
      phrase(
        `${settings.data} holds data of your own: the demo does not touch it. Name another folder with TOUCHLINE_DATA.`,
        `${settings.data} 中是您自己的数据，演示不会改动它。请用 TOUCHLINE_DATA 指定其他文件夹。`,
      ),
    );
  }
  if (!(await demoMarkIn(settings.data))) await markDemo(settings.data, { retail: false, story: false });
  const system = await startSystem(settings, logger, interrupted);
  try {
    await overSession(hands, system, async (asking) => {
      await show(hands, system, asking);
      if (!endsAfterReport) await serve(hands);
    });
  } finally {
    await system.stop();
  }
  return DONE;
};

const serve = async ({ phrase, interrupted, say }: Hands): Promise<void> => {
  if (!interrupted.aborted) await once(interrupted, 'abort');
  say(phrase('Stopping …', '正在停止……'));
};

const overSession = async (
  hands: Hands,
  { stores }: System,
  work: (asking: Asking) => Promise<void>,
): Promise<void> => {
  const { eventStoreUrl, databaseUrl } = stores;
  const session = await openSession({ ...hands.settings, eventStoreUrl, databaseUrl }, hands.logger);
  const core = await openCore(session);
  try {
    await hands.judge(session.access.policy);
    await work({ session, core, ask: askingOver(core, hands.who) });
  } finally {
    await core.close();
    await session.close();
  }
};

const show = async (hands: Hands, system: System, asking: Asking): Promise<void> => {
  const { phrase, say, tell } = hands;
  const { session, ask } = asking;
  say(firstLine(hands, session));
  tell({ businessTime: session.clock.now(), company: session.log.company, url: system.url });
  const story = storyOf(session.log.secret);
  await recordHistories(hands, asking, story);
  await viewsCaughtUp(hands, session);
  const { named } = await report(hands, asking, story.heroine);
  const overview = await ask(CustomerOverview, { id: named.id });
  const head = await session.store.head();
  const lines = linesToPaste({
    url: system.url,
    header: await keepHeader(session, hands.who.principal),
    log: session.log,
    today: session.clock.today(),
    customer: named.id,
    bookings: overview?.counts.bookings ?? 0,
    head: head ?? 0n,
  });
  tell({ paste: lines });
  say(`\n${await whereabouts(hands, system)}`);
  say(
    phrase(
      `\nLet a month pass in another terminal: bin/touchline demo advance 30d. Or paste, to book a car for ${named.name},\nfollow the live timeline (a terminal of its own), and read the reason again:\n`,
      `\n在另一个终端让时间过去一个月：bin/touchline demo advance 30d。或粘贴以下三行：为${named.name}订一辆车，\n实时跟随其时间线（另开终端），再读一次流失原因：\n`,
    ),
  );
  say(lines.join('\n'));
};

const firstLine = ({ phrase }: Hands, { clock, log: { company } }: Session): string => {
  const today = clock.today();
  const passed = dayNumber(today) - dayNumber(FIRST_DAY);
  const since =
    passed > 0
      ? phrase(` (${passed} days after ${FIRST_DAY})`, `（${FIRST_DAY} 之后 ${passed} 天）`)
      : phrase(', the day after the last imported fact', '，即最后一条导入事实的次日');
  return phrase(
    `Business time stands at ${today}${since}; the company reckons in ${company.currency} and lives in ${company.zone}.`,
    `业务时间停在 ${today}${since}；公司以 ${company.currency} 记账，时区为 ${company.zone}。`,
  );
};

/** Waits until the projector has every view where the log ends now. */
const viewsCaughtUp = async ({ phrase, interrupted, say, tell }: Hands, { store, sql }: Session): Promise<void> => {
  const head = await store.head();
  if (head === null) return;
  const began = performance.now();
  const views = await viewsThere(sql, interrupted);
  const seen = await Promise.all(views.map((view) => waitFor(sql, view, head, VIEWS_WITHIN_MS)));
  const behind = views.filter((_, index) => !seen[index]);
  if (behind.length > 0)
    throw new Ended(
      phrase(
        `These views have not caught up: ${behind.join(', ')}. See "touchline status".`,
        `以下视图尚未跟上：${behind.join('、')}。请看 “touchline status”。`,
      ),
    );
  const seconds = (performance.now() - began) / 1000;
  tell({ caughtUp: seconds });
  say(
    phrase(
      `Every view has caught up, ${seconds.toFixed(1)} s after the last fact.\n`,
      `所有视图已跟上，距最后一条事实 ${seconds.toFixed(1)} 秒。\n`,
    ),
  );
};

/** The projector makes the tables when it starts. */
const viewsThere = async (sql: Session['sql'], interrupted: AbortSignal): Promise<readonly string[]> => {
  for (;;) {
    const status = await readStatus(sql);
    if (status.length > 0) return status.map(({ view }) => view);
    await pause(100, undefined, { signal: interrupted });
  }
};
