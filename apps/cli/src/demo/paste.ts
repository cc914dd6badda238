import { idFrom, type LogIdentity } from '#application';
import { instantAt } from '#domain';
import { daysAfter, INVENTED, ZONE } from './scene.js';

type Setting = Readonly<{
  /** Of the API. */
  url: string;
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
  const churn = `${url}/v1/customers/${customer}/churn`;
  return [
    `A=$(curl -sS -X POST ${url}/v1/bookings -H 'content-type: application/json' -d '${JSON.stringify(body)}'); echo "$A"`,
    `curl -sSN ${url}/v1/customers/${customer}/timeline -H 'accept: text/event-stream'`,
    // Pasted without the first line it still reads what is there now.
    `P=$(echo "$A" | sed -n 's/.*"position":"\\([0-9]*\\)".*/\\1/p'); curl -sS "${churn}?after=\${P:-${head}}"; echo`,
  ];
};
