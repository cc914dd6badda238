import { labelsOf } from '../log/stored-event.js';
import type { Events } from '../store/events.js';
import { handlerFailed, unimplemented } from '../wire/status.js';
import { LINK_TYPE } from './link-list.js';

/** What a filter in a request says, whichever service it came through. */
export type FilterExpression = Readonly<{ on: 'stream' | 'type'; regex: string; prefixes: readonly string[] }>;
export type Matches = (body: Buffer) => boolean;

/** Filters look at the event itself, never at what it links to. No prefix at all matches nothing. */
export const matcher = ({ on, regex, prefixes }: FilterExpression): Matches => {
  const matches = regex ? byRegex(regex) : (text: string) => prefixes.some((prefix) => text.startsWith(prefix));
  return (body) => matches(labelsOf(body)[on]);
};

const OF_ALL = Buffer.from('$persistentsubscription-$all::');

/** Whether an event is left out of `$all`: what groups that read `$all` keep for themselves. */
export const isOutsideAll = ({ index }: Events, body: Buffer): boolean => {
  // These are checkpoints and parked links: a log without either need not be looked through.
  if (!index.type('SubscriptionCheckpoint') && !index.type(LINK_TYPE)) return false;
  if (!body.includes(OF_ALL)) return false;
  const { stream } = labelsOf(body);
  return stream.startsWith(OF_ALL.toString()) && /-(checkpoint|parked)$/.test(stream);
};

const byRegex = (source: string): ((text: string) => boolean) => {
  const ignoresCase = source.startsWith('(?i)');
  const pattern = ignoresCase ? source.slice(4) : source;
  if (MEANS_SOMETHING_ELSE.test(pattern)) throw unimplemented(`The regular expression ${source}`);
  try {
    const regex = new RegExp(pattern, ignoresCase ? 'i' : '');
    return (text) => regex.test(text);
  } catch {
    throw handlerFailed();
  }
};

/**
 * What the database's expressions know and JavaScript's do not, or read differently: anchors \A \z \Z \G, classes \p \P,
 * the escapes \a and \e, atomic and conditional groups, comments, options within, a bracket that begins a class, classes without others.
 */
const MEANS_SOMETHING_ELSE = /(?<!\\)(?:\\\\)*(?:\\[AzZGpPae]|\(\?[>(#'imnsx-]|\[\^?\]|\[[^\]]*-\[)/;
