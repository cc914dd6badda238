// Reads hotel bookings and counts by itself, without any of the product's code: what must be stored is known independently.
// node test/import/bookings-counted-apart.mjs <hotel_bookings.csv>   prints one JSON object
import { readFileSync } from 'node:fs';

const [head, ...lines] = readFileSync(process.argv[2], 'utf8').trim().split(/\r?\n/);
const columns = head.split(',');
const rows = lines.map((line) => Object.fromEntries(line.split(',').map((cell, n) => [columns[n], cell])));

const day = (text) => new Date(`${text} UTC`).getTime();
const iso = (time) => new Date(time).toISOString().slice(0, 10);
const statuses = {};
const organisations = new Set();
const served = new Map();
let [withoutCustomer, guests, firstBooked, lastEnded] = [0, 0, Number.POSITIVE_INFINITY, 0];
for (const row of rows) {
  const nights = Number(row.stays_in_weekend_nights) + Number(row.stays_in_week_nights);
  const cents = Math.round(Number(row.adr) * 100) * nights;
  const { bookings, cents: before } = statuses[row.reservation_status] ?? { bookings: 0, cents: 0 };
  statuses[row.reservation_status] = { bookings: bookings + 1, cents: before + cents };
  const agent = row.agent === 'NULL' ? [] : [`agent-${row.agent}`];
  const company = row.company === 'NULL' ? [] : [`company-${row.company}`];
  for (const one of [...agent, ...company]) organisations.add(one);
  const [payer] = [...company, ...agent];
  if (!payer) withoutCustomer++;
  else if (row.reservation_status === 'Check-Out') served.set(payer, (served.get(payer) ?? 0) + cents);
  for (const count of [row.adults, row.children, row.babies]) if (count !== 'NA') guests += Number(count);
  const arrival = day(`${row.arrival_date_day_of_month} ${row.arrival_date_month} ${row.arrival_date_year}`);
  firstBooked = Math.min(firstBooked, arrival - Number(row.lead_time) * 86_400_000);
  lastEnded = Math.max(lastEnded, day(row.reservation_status_date));
}
const differing = new Set(lines).size;
const [best] = [...served].sort((one, other) => other[1] - one[1]);
console.log(
  JSON.stringify({
    rows: rows.length,
    equal: rows.length - differing,
    statuses,
    organisations: organisations.size,
    withoutCustomer,
    guests,
    firstBooked: iso(firstBooked),
    lastEnded: iso(lastEnded),
    best,
  }),
);
