import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Principal } from '#access';
import { idFrom, type LogIdentity } from '#application';
import { instantAt } from '#domain';
import type { Session } from '#system';
import { daysAfter, INVENTED, ZONE } from './scene.js';

type Setting = Readonly<{
  /** Of the API. */
  url: string;
  /** The file with the header that says who asks. */
  header: string;
  log: LogIdentity;
  /** The business day. */
  today: string;
  customer: string;
  /** How many bookings the customer has made. */
  bookings: number;
  /** Where the log ends. */
  head: bigint;
}>;

/** Three lines for a shell: book something, follow that customer's timeline, read the churn reason again. */
export const linesToPaste = ({
  url,
  header,
  log,
  today,
  customer,
  bookings,
  head,
}: Setting): readonly [string, string, string] => {
  const orderNumber = `CR-${today.replaceAll('-', '')}-${bookings + 1}`;
  const from = daysAfter(today, 14);
  const body = {
    id: idFrom(log.secret, INVENTED, customer, orderNumber),
    booker: customer,
    orderNumber,
    lines: [{ code: 'estate-car', kind: 'base', price: { amount: 12_300, currency: log.company.currency } }],
    serviceWindow: { from: instantAt(`${from}T09:00:00`, ZONE), to: instantAt(`${daysAfter(from, 3)}T18:00:00`, ZONE) },
  };
  const who = `-H '@${header.replaceAll("'", "'\\''")}'`;
  const churn = `${url}/v1/customers/${customer}/churn`;
  return [
    `A=$(curl -sS ${who} ${url}/v1/bookings -H 'content-type: application/json' -d '${JSON.stringify(body)}'); echo "$A"`,
    `curl -sSN ${who} ${url}/v1/customers/${customer}/timeline -H 'accept: text/event-stream'`,
    // Pasted without the first line it still reads what is there now.
    `P=$(echo "$A" | sed -n 's/.*"position":"\\([0-9]*\\)".*/\\1/p'); curl -sS ${who} "${churn}?after=\${P:-${head}}"; echo`,
  ];
};

const HEADER_SECONDS = 30 * 86_400;

/** Keeps the header of a token of whoever runs the demo, for their eyes only; where it lies, seen from here. */
export const keepHeader = async ({ settings: { data }, access }: Session, principal: Principal): Promise<string> => {
  const file = join(data, 'authorization.header');
  const token = await access.tokenFor(principal, HEADER_SECONDS);
  await writeFile(file, `authorization: Bearer ${token}\n`, { mode: 0o600 });
  const near = relative(process.cwd(), file);
  return near.startsWith('..') ? file : near;
};
