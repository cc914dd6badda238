import type { Command } from 'commander';
import { registerBacktest } from './backtest/backtest.js';
import { registerDemo } from './demo/register-demo.js';
import { programIn } from './help.js';
import { registerImport } from './import/index.js';
import { registerApiKeys } from './verbs/api-keys.js';
import { registerAtRisk } from './verbs/at-risk.js';
import { registerCustomer } from './verbs/customer.js';
import { registerDoctor } from './verbs/doctor.js';
import { registerEventStore } from './verbs/event-store.js';
import { registerRebuild } from './verbs/rebuild.js';
import { registerReplay } from './verbs/replay.js';
import { registerSignIn } from './verbs/sign-in.js';
import { registerStart } from './verbs/start.js';
import { registerStatus } from './verbs/status.js';
import { registerTimeline } from './verbs/timeline.js';
import { registerToken } from './verbs/token.js';
import type { Language } from './words.js';

/** Every verb there is. */
export const touchline = (lang: Language): Command => {
  const program = programIn(lang);
  registerStart(program);
  registerStatus(program);
  registerDoctor(program);
  registerImport(program);
  registerCustomer(program);
  registerTimeline(program);
  registerAtRisk(program);
  registerRebuild(program);
  registerReplay(program);
  registerEventStore(program);
  registerBacktest(program);
  registerDemo(program);
  registerSignIn(program);
  registerToken(program);
  registerApiKeys(program);
  return program;
};
