// Reads the sample and counts by itself, without any of the product's code: what must be stored is known independently.
// node test/journeys/counted-apart.mjs <invoices.csv> <day>   prints one JSON object
import { readFileSync } from 'node:fs';

const [file, day] = process.argv.slice(2);
const [head, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
const columns = head.trim().split(',');
const rows = lines.map((line) =>
  Object.fromEntries(
    line
      .trim()
      .split(',')
      .map((cell, n) => [columns[n], cell]),
  ),
);

const pence = (amount) => Math.round(Number(amount) * 100);
const days = (text) => Date.parse(`${text.slice(0, 10)}T00:00:00Z`) / 86_400_000;
const today = days(day);
const [B, ACTIVE, LOYAL, CHURN] = [60, 4, 10, 180];

const customers = new Map();
const totals = { completed: 0, refundOnly: 0, completedPence: 0, refundedPence: 0 };
for (const { CustomerID, ts, is_cancel, amount } of rows) {
  const customer = customers.get(CustomerID) ?? { registered: Number.POSITIVE_INFINITY, days: new Set() };
  customers.set(CustomerID, customer);
  customer.registered = Math.min(customer.registered, days(ts));
  if (is_cancel === '1') {
    totals.refundOnly++;
    totals.refundedPence -= pence(amount);
  } else {
    customer.days.add(days(ts));
    totals.completed++;
    totals.completedPence += pence(amount);
  }
}

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};
const stageOf = ({ registered, days: served }) => {
  const dates = [...served].sort((a, b) => a - b);
  if (dates.length === 0) return today - registered <= 180 ? 'registered' : 'expired_lead';
  const gaps = dates.slice(1).map((date, n) => date - dates[n]);
  const interval = dates.length >= 3 ? Math.min(3 * B, Math.max(0.5 * B, median(gaps))) : B;
  const gap = today - dates.at(-1);
  const inYear = dates.filter((date) => today - date <= 365).length;
  if (gap > Math.max(5 * interval, CHURN)) return 'churned';
  if (gap > 3 * interval) return 'dormant';
  if (gap > 1.5 * interval) return 'at_risk';
  if (inYear >= LOYAL && today - dates[0] >= 365) return 'loyal';
  if (inYear >= ACTIVE) return 'active';
  return dates.length >= 2 ? 'developing' : 'first_time';
};
const mix = {};
for (const customer of customers.values()) {
  const stage = stageOf(customer);
  mix[stage] = (mix[stage] ?? 0) + 1;
}
console.log(JSON.stringify({ customers: customers.size, ...totals, mix }));
